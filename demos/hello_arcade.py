import sys
from arcade import SpriteCircle, SpriteList, Window, color, key
import gamenet as gn
from gamenet.engines.arcade import NetView, bind_sprite

class Player(gn.Entity, authority="owner"):              # each player moves their own
    x: float = 320.0
    y: float = 240.0

class Game(NetView):
    def on_show_view(self) -> None:
        self.sprites: SpriteList[SpriteCircle] = SpriteList()
        self.me = self.net.spawn(Player(x=200 if self.net.is_host else 440))
    def on_net_spawned(self, entity: gn.Entity) -> None:     # mine, too, and those that were there before me
        self.sprites.append(bind_sprite(entity, SpriteCircle(12, color.CYAN if entity.mine else color.ORANGE)))
    def on_update(self, delta_time: float) -> None:
        with self.net.frame(delta_time):
            if keys := self.window.keyboard:
                self.me.x += 200 * delta_time * (keys[key.RIGHT] - keys[key.LEFT])
    def on_draw(self) -> None:
        self.clear()
        self.sprites.draw()

Window(640, 480, "hello").run(Game(gn.open(*sys.argv[1:])))    # host | join:lan | join:K7QX-3MNP
