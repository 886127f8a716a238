import sys
import pygame
import gamenet as gn

class Player(gn.Entity, authority="owner"):         # each player moves their own
    x: float = 320.0
    y: float = 240.0

pygame.init()
screen, clock = pygame.display.set_mode((640, 480)), pygame.time.Clock()
net = gn.open(*sys.argv[1:])                        # host | join:lan | join:K7QX-3MNP
me = net.spawn(Player(x=240.0 if net.is_host else 400.0))
while pygame.QUIT not in [event.type for event in pygame.event.get()]:
    dt = clock.tick(60) / 1000
    with net.frame(dt):
        keys = pygame.key.get_pressed()
        me.x += 200 * dt * (keys[pygame.K_RIGHT] - keys[pygame.K_LEFT])
        me.y += 200 * dt * (keys[pygame.K_DOWN] - keys[pygame.K_UP])
    screen.fill("black")
    for player in net.all(Player):
        pygame.draw.circle(screen, "cyan" if player.mine else "orange", (player.x, player.y), 12)
    pygame.display.set_caption(net.problem or net.code or net.state)
    pygame.display.flip()
net.close()
