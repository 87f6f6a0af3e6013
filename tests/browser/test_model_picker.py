"""The model chooser reads its choices anew when it gets the focus, and never takes a choice back."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_choice_stands_though_the_new_list_arrives_after_it(workshop):
    page, held = workshop.page, []
    workshop.tab("Decoding")
    picker = page.locator(".gw-model-picker input").locator("visible=true").first
    assert picker.input_value(), "no model was offered"
    page.route("**/gradio_api/run/predict", lambda route: held.append(route))
    picker.fill("path:/somewhere/else")
    picker.press("Enter")
    page.wait_for_timeout(500)
    assert held, "the focus asked for nothing"
    with page.expect_response(held[0].request.url):
        for route in held:
            route.continue_()
    page.unroute("**/gradio_api/run/predict")
    page.wait_for_timeout(500)
    assert picker.input_value() == "path:/somewhere/else"
