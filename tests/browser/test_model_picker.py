"""The model chooser reads its choices anew when it gets the focus, and never takes a choice back."""

import pytest
from playwright.sync_api import expect

from tests.support.intercept import intercept

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.shared_app]


def test_a_choice_stands_though_the_new_list_arrives_after_it(workshop):
    page, held = workshop.page, []
    workshop.tab("Decoding")
    picker = page.locator(".gw-model-picker input").locator("visible=true").first
    expect(picker).not_to_have_value("")
    intercept(page, "**/gradio_api/run/predict", lambda route: held.append(route))
    picker.fill("path:/somewhere/else")
    picker.press("Enter")
    for _ in range(600):  # the question of the focus comes when it comes
        if held:
            break
        page.wait_for_timeout(100)
    assert held, "the focus asked for nothing"
    with page.expect_response(held[0].request.url):
        for route in held:
            route.continue_()
    page.unroute("**/gradio_api/run/predict")
    page.wait_for_timeout(500)
    expect(picker).to_have_value("path:/somewhere/else")
