"""Events in pygame's queue, sprites on entities: with pygame and pygame-ce alike."""

from __future__ import annotations

import gc
import logging
import subprocess
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pygame
import pytest

import gamenet as gn
from gamenet.engines import postbox
from gamenet.engines.overlay import COLOURS, Tone
from gamenet.engines.pygame import NET, Overlay, bind_sprite
from gamenet.testing import Lab

ROOT = Path(__file__).parents[2]
DT = 1 / 60


class Thing(gn.Entity):
    x: float = 10.0
    y: float = 20.0
    angle: float = gn.angle(0)


class Rock(gn.Entity):
    left: float = 1.0
    top: float = 2.0


@pytest.fixture
def display() -> Iterator[pygame.Surface]:
    pygame.display.init()
    yield pygame.display.set_mode((64, 64))
    pygame.display.quit()


def events(*kinds: int) -> list[pygame.event.Event]:
    return [event for event in pygame.event.get() if event.type in kinds]


def sprite() -> pygame.sprite.Sprite:
    made = pygame.sprite.Sprite()
    made.image = pygame.Surface((8, 4))
    return made


# -------------------------------------------------------------------------------------------------------------- events
def test_every_event_type_is_its_own() -> None:
    names = ("JOINED", "PEER_JOINED", "PEER_LEFT", "SPAWNED", "DESPAWNED", "HOST_CHANGED", "STALLED", "CLOSED")
    types = {getattr(NET, name) for name in names}
    assert len(types) == len(names) and all(kind >= pygame.USEREVENT for kind in types)


def test_events_are_in_the_queue_within_the_frame_in_which_they_happen(display: pygame.Surface) -> None:
    net = gn.solo()
    NET.attach(net)
    thing = net.spawn(Thing())
    seen: list[pygame.event.Event] = []
    for _ in range(3):
        with net.frame(DT):
            seen += events(NET.JOINED, NET.PEER_JOINED, NET.SPAWNED)
    assert sorted(event.type for event in seen) == sorted([NET.JOINED, NET.PEER_JOINED, NET.SPAWNED])
    attributes = {event.type: event for event in seen}
    assert attributes[NET.PEER_JOINED].peer is net.me
    assert attributes[NET.SPAWNED].entity is thing
    assert all(event.net is net for event in seen)


def test_despawned_and_closed_carry_what_their_handlers_get(display: pygame.Surface) -> None:
    net = gn.solo()
    NET.attach(net)
    thing = net.spawn(Thing())
    net.pump(DT)
    net.despawn(thing)
    net.pump(DT)
    assert [event.entity for event in events(NET.DESPAWNED)] == [thing]
    net.close()
    while net.state != "closed":
        net.pump(DT)
    net.pump(DT)
    closed = events(NET.CLOSED)
    assert len(closed) == 1 and isinstance(closed[0].reason, str)


def test_attaching_twice_posts_once(display: pygame.Surface) -> None:
    net = gn.solo()
    NET.attach(net)
    NET.attach(net)
    net.pump(DT)
    assert len(events(NET.JOINED)) == 1


def test_two_sessions_are_told_apart(display: pygame.Surface) -> None:
    one, other = gn.solo(), gn.solo()
    for net in (one, other):
        NET.attach(net)
        net.pump(DT)
    assert [event.net for event in events(NET.JOINED)] == [one, other]


def test_events_wait_in_order_for_a_display() -> None:
    pygame.display.quit()
    net = gn.solo()
    NET.attach(net)
    things = [net.spawn(Thing()) for _ in range(3)]
    net.pump(DT)
    pygame.display.init()
    pygame.display.set_mode((64, 64))
    net.pump(DT)
    assert [event.entity for event in events(NET.SPAWNED)] == things
    pygame.display.quit()


def fill_queue() -> None:
    try:
        while True:
            pygame.event.post(pygame.event.Event(pygame.USEREVENT))
    except pygame.error:
        pass


def test_a_full_queue_loses_nothing_that_is_fetched_in_time(display: pygame.Surface) -> None:
    net = gn.solo()
    NET.attach(net)
    net.pump(DT)
    fill_queue()
    thing = net.spawn(Thing())
    net.pump(DT)
    pygame.event.clear()
    net.pump(DT)
    assert [event.entity for event in events(NET.SPAWNED)] == [thing]


def test_a_queue_that_stays_full_loses_the_oldest_and_says_so_once(
    display: pygame.Surface,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(postbox, "WAITING", 5)
    net = gn.solo()
    NET.attach(net)
    net.pump(DT)
    fill_queue()
    things = [net.spawn(Thing()) for _ in range(12)]
    with caplog.at_level(logging.WARNING):
        net.pump(DT)
    assert [record.levelname for record in caplog.records] == ["WARNING"] and "are lost" in caplog.text
    pygame.event.clear()
    net.pump(DT)
    assert [event.entity for event in events(NET.SPAWNED)] == things[-5:]


# ------------------------------------------------------------------------------------------------------------- sprites
def test_a_bound_sprite_is_where_its_entity_is_shown() -> None:
    net = gn.solo()
    thing = net.spawn(Thing(x=30, y=40))
    bound = bind_sprite(thing, sprite())
    assert bound.rect is not None and bound.rect.center == (30, 40)
    for _ in range(5):
        with net.frame(DT):
            thing.x += 7
    assert bound.rect.center == (round(thing.x), 40)


def test_a_sprite_is_killed_when_its_entity_goes_and_others_are_not() -> None:
    net, group = gn.solo(), pygame.sprite.Group()
    goes, stays = net.spawn(Thing()), net.spawn(Thing(x=50))
    for thing in (goes, stays):
        group.add(bind_sprite(thing, sprite()))
    net.pump(DT)
    net.despawn(goes)
    net.pump(DT)
    assert [each.rect.center for each in group] == [(50, 20)]


def test_a_sprite_may_be_bound_in_the_spawned_handler() -> None:
    net, group = gn.solo(), pygame.sprite.Group()
    net.on("spawned", Thing)(lambda thing: group.add(bind_sprite(thing, sprite())))
    thing = net.spawn(Thing(x=33, y=44))
    net.pump(DT)
    assert [each.rect.center for each in group] == [(33, 44)]
    assert thing.x == 33


def test_the_image_turns_clockwise_about_its_centre() -> None:
    net = gn.solo()
    thing = net.spawn(Thing(x=30, y=40))
    looking_right = pygame.Surface((9, 3))
    looking_right.set_at((8, 1), "red")
    made = pygame.sprite.Sprite()
    made.image = looking_right
    bind_sprite(thing, made)
    with net.frame(DT):
        thing.angle = 90
    assert made.image is not None and made.rect is not None
    assert made.image.get_size() == (3, 9) and made.image.get_at((1, 8)) == pygame.Color("red")
    assert made.rect.center == (30, 40)


def test_an_image_that_the_game_sets_later_is_turned_as_well() -> None:
    net = gn.solo()
    thing = net.spawn(Thing(angle=90))
    bound = bind_sprite(thing, sprite())
    bound.image = pygame.Surface((20, 2))
    net.pump(DT)
    assert bound.image is not None and bound.image.get_size() == (2, 20)


def test_other_names_for_the_fields_and_none_for_the_angle() -> None:
    net = gn.solo()
    rock = net.spawn(Rock())
    bound = bind_sprite(rock, sprite(), x="left", y="top")
    assert bound.rect is not None and bound.rect.center == (1, 2)


def test_missing_fields_are_named() -> None:
    rock = gn.solo().spawn(Rock())
    with pytest.raises(AttributeError, match="Rock has no x and no y: say x= and y="):
        bind_sprite(rock, sprite())


def test_a_sprite_without_rect_and_image_is_refused() -> None:
    thing = gn.solo().spawn(Thing())
    with pytest.raises(AttributeError, match="neither rect nor image"):
        bind_sprite(thing, pygame.sprite.Sprite())


def test_an_entity_that_was_not_spawned_is_refused_with_advice() -> None:
    with pytest.raises(gn.GamenetError, match=r"net\.spawn\(…\) it first"):
        bind_sprite(Thing(), sprite())


def test_a_sprite_that_goes_with_its_session_is_not_kept() -> None:
    net = gn.solo()
    bound = bind_sprite(net.spawn(Thing()), sprite())
    net.pump(DT)
    gone = weakref.ref(bound)
    del net, bound
    gc.collect()
    assert gone() is None


# ------------------------------------------------------------------------------------------------------------- overlay
def colours(surface: pygame.Surface) -> set[tuple[int, ...]]:
    width, height = surface.get_size()
    return {tuple(surface.get_at((x, y)))[:3] for x in range(width) for y in range(height)}


def test_an_overlay_is_drawn_over_what_is_there_in_its_corner() -> None:
    screen = pygame.Surface((400, 300))
    screen.fill("white")
    with Lab(clients=1) as lab:
        Overlay(lab.clients[0]).draw(screen)
    assert screen.get_at((399, 299))[:3] == screen.get_at((2, 2))[:3] == (255, 255, 255)
    dark = screen.get_at((10, 10))[:3]
    assert all(20 < part < 80 for part in dark), "what is behind it shines through"
    assert {COLOURS[Tone.GOOD], COLOURS[Tone.QUIET], COLOURS[Tone.PLAIN]} <= colours(screen)


def test_a_hidden_overlay_draws_nothing_until_it_is_toggled() -> None:
    screen, overlay = pygame.Surface((400, 300)), Overlay(gn.solo(), visible=False)
    overlay.draw(screen)
    assert colours(screen) == {(0, 0, 0)}
    overlay.toggle()
    overlay.draw(screen)
    assert colours(screen) != {(0, 0, 0)}


def test_between_two_looks_an_overlay_is_one_blit() -> None:
    screen = pygame.Surface((400, 300))
    with Lab(clients=1) as lab:
        overlay = Overlay(lab.clients[0])
        overlay.draw(screen)
        sheet = overlay._surface
        lab.run(0.2)
        overlay.draw(screen)
        assert overlay._surface is sheet
        lab.run(0.5)
        overlay.draw(screen)
        assert overlay._surface is not sheet


def test_an_overlay_needs_neither_display_nor_fonts_of_the_games() -> None:
    pygame.quit()
    screen = pygame.Surface((400, 300))
    Overlay(gn.solo()).draw(screen)
    assert colours(screen) != {(0, 0, 0)}


# ----------------------------------------------------------------------------------------------------------- bad places
def test_without_a_loudspeaker_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that has display and audio drivers that do not exist: sessions, events and sprites do without."""
    program = (
        "import pygame, gamenet as gn\n"
        "from gamenet.engines.pygame import NET\n"
        "pygame.init()\n"
        "net = gn.solo()\n"
        "NET.attach(net)\n"
        "net.pump(0.1)\n"
        "assert net.state == 'joined' and not pygame.display.get_init()\n"
    )
    monkeypatch.setenv("SDL_VIDEODRIVER", "none such")
    monkeypatch.setenv("SDL_AUDIODRIVER", "none such")
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_remains_of_two_pygames_are_named_with_what_helps() -> None:
    """Uninstalling one of the two leaves a folder without code behind, which is imported as an empty module."""
    program = "import sys, types; sys.modules['pygame'] = types.ModuleType('pygame'); import gamenet.engines.pygame"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "pip uninstall pygame pygame-ce, then pip install pygame-ce" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("kind", ["Surface", "Rect"])
def test_what_is_pygames_is_no_field(kind: str) -> None:
    with pytest.raises(gn.GamenetError, match=r"load it on each peer, in spawned\(\) or as gn\.local"):
        type("Ship", (gn.Entity,), {"__annotations__": {"picture": getattr(pygame, kind)}, "__module__": __name__})


def test_an_engine_that_quits_first_leaves_the_session_to_its_end() -> None:
    pygame.init()
    pygame.display.set_mode((64, 64))
    net = gn.solo()
    NET.attach(net)
    bound = bind_sprite(net.spawn(Thing()), sprite())
    net.pump(DT)
    pygame.quit()
    net.pump(DT)
    net.close()
    net.pump(DT)
    assert net.state == "closed" and bound.rect is not None
