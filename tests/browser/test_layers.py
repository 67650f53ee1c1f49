"""The ways through the layers in a browser: the slider, the walk, one word in several sentences."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.conftest import Visitor

Visit = Callable[..., Visitor]
TEXT = "The teacher taught the students with the book."
INKED = """async (svg) => {
  const image = await createImageBitmap(await Playground.svgImage(svg));
  const context = new OffscreenCanvas(image.width, image.height).getContext('2d');
  context.drawImage(image, 0, 0);
  const colours = context.getImageData(0, 0, image.width, image.height).data;
  let inked = 0;
  for (let i = 0; i < colours.length; i += 4) if (colours[i] + colours[i + 1] + colours[i + 2] < 150) inked += 1;
  return inked;
}"""
"""Dark pixels in the PNG of a drawing: of the words in the colour of the text."""


def places(page: Visitor) -> list[str]:
    """Where the points stand."""
    dots = page.panel("embeddings").locator(".pg-paths-dot")
    return [f"{dots.nth(i).get_attribute('cx')} {dots.nth(i).get_attribute('cy')}" for i in range(dots.count())]


def test_points_follow_the_slider_and_the_walk_ends_at_the_last_layer(visit: Visit) -> None:
    page = visit(reduced_motion="reduce").open(tab="embeddings", view="layers", model="storyteller", text=TEXT)
    panel = page.panel("embeddings")
    end, slider = places(page), panel.locator(".pg-paths-steps input")
    assert panel.locator(".pg-paths").evaluate(INKED) > 500, "the tokens' names, in front of their light edges"
    assert panel.locator(".pg-paths-level").inner_text() == "after layer 5"
    page.redraw("embeddings", lambda: slider.press("Home"))
    page.wait_state(layers__level="0")
    assert panel.locator(".pg-paths-level").inner_text() == "token rows" and places(page) != end
    page.redraw("embeddings", lambda: slider.press("ArrowRight"))
    assert panel.locator(".pg-paths-level").inner_text() == "token + position"
    page.redraw("embeddings", panel.locator(".pg-paths-play").click)
    page.wait_state(layers__level="7")
    assert places(page) == end
    page.redraw("embeddings", panel.locator(".pg-paths-point").nth(2).click)
    page.wait_state(pos="2")
    assert "“␣taught”" in page.reading("embeddings")


def test_one_word_parts_and_its_cosines_follow_the_sentences(visit: Visit) -> None:
    page = visit(390, 844).open(tab="embeddings", view="layers", model="cloze", text="A cat.", layers__what="word")
    panel = page.panel("embeddings")
    assert "same row of the token table in all 4 sentences" in page.reading("embeddings")
    assert panel.locator(".pg-paths-legend li").count() == 4
    before = page.reading("embeddings")
    box = page.page.locator("#embeddings-layers-sentences textarea")
    text = "She turned on the light.\nThe bag was light. </script>"
    page.redraw("embeddings", lambda: box.fill(text))
    assert page.reading("embeddings") != before and panel.locator(".pg-paths-dot").count() == 2
    assert panel.locator(".pg-paths-legend li").nth(1).inner_text().endswith("</script>")
    assert page.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.redraw("embeddings", lambda: box.fill("only one light"))
    assert page.tone("embeddings") == "reason"
