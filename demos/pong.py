"""Pong for two (`pong.py host`, `pong.py join:127.0.0.1`): pong_single.py with five lines more, the network's."""

import sys

import pygame

import gamenet as gn

WIDTH, HEIGHT, TALL, RADIUS = 640, 480, 80, 8


class Paddle(gn.Entity, authority="owner"):  # each player moves their own
    side: int = -1  # -1 left, 1 right
    y: float = HEIGHT / 2

    @property
    def rect(self) -> pygame.Rect:
        return pygame.Rect(10 if self.side < 0 else WIDTH - 22, int(self.y) - TALL // 2, 12, TALL)

    def move(self, distance: float) -> None:
        self.y = max(TALL / 2, min(HEIGHT - TALL / 2, self.y + distance))


class Court(gn.Room):  # what there is one of: the host computes it
    x: float = WIDTH / 2  # the ball
    y: float = HEIGHT / 2
    vx: float = -260.0
    vy: float = 170.0
    misses: int = 0

    def play(self, dt: float, paddles: list[Paddle]) -> None:
        self.x += self.vx * dt
        self.y += self.vy * dt
        if not RADIUS < self.y < HEIGHT - RADIUS:
            self.vy = abs(self.vy) if self.y < HEIGHT / 2 else -abs(self.vy)
        side = -1 if self.x < WIDTH / 2 else 1
        defenders = [paddle for paddle in paddles if paddle.side == side]
        if any(paddle.rect.collidepoint(self.x, self.y) for paddle in defenders):
            self.vx = -side * min(700, abs(self.vx) * 1.05)
        elif not defenders and not RADIUS < self.x < WIDTH - RADIUS:
            self.vx = -side * abs(self.vx)
        elif not 0 < self.x < WIDTH:
            self.x, self.y, self.vx, self.misses = WIDTH / 2, HEIGHT / 2, side * 260, self.misses + 1


pygame.init()
screen, clock, font = pygame.display.set_mode((WIDTH, HEIGHT)), pygame.time.Clock(), pygame.font.Font(None, 40)
net = gn.open(*sys.argv[1:], room=Court)
me, court = net.spawn(Paddle(side=-1 if net.is_host else 1)), net.room
running = True
while running:
    dt = clock.tick(60) / 1000
    for event in pygame.event.get():
        if event.type == pygame.QUIT:
            running = False
    net.pump(dt)
    pygame.display.set_caption(f"pong: {net.problem or net.state}")
    paddles = net.all(Paddle)
    keys = pygame.key.get_pressed()
    me.move(320 * dt * (keys[pygame.K_DOWN] - keys[pygame.K_UP]))
    if net.is_host:
        court.play(dt, paddles)
    screen.fill("black")
    for paddle in paddles:
        pygame.draw.rect(screen, "white", paddle.rect)
    pygame.draw.circle(screen, "white", (court.x, court.y), RADIUS)
    screen.blit(font.render(str(court.misses), True, "gray"), (WIDTH / 2, 10))
    pygame.display.flip()
net.close()
pygame.quit()
