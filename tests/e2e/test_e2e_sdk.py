"""The TypeScript SDK in a real browser, as the ES modules that are published."""

from pathlib import Path

from playwright.sync_api import Browser, Route

from conftest import Server

DIST = Path(__file__).parents[2] / "sdks" / "typescript" / "dist"
PLACE = "/sdk-test"
USE = """async ([key, baseURL]) => {
    const { Cevvo } = await import('/sdk-test/index.js');
    let refused = '';
    try {
        new Cevvo({ apiKey: key, baseURL });
    } catch (error) {
        refused = `${error.name}: ${error.message}`;
    }
    new Cevvo({ apiKey: 'cevvo_pk_x', baseURL });
    const client = new Cevvo({ apiKey: key, baseURL, allowSecretKeyInBrowser: true });
    const stream = client.chat.stream({ message: 'How do I reset the pump?', test: true });
    let text = '';
    for await (const piece of stream.textStream) text += piece;
    const page = await client.sources.list({ per_page: 1 });
    const missing = await client.conversations.get('thr_x').catch((error) => error.name);
    const { answer } = await stream.final();
    const whole = text === answer && text !== '';
    return { refused, whole, sources: page.meta.total > 0, missing };
}"""


def test_the_sdk_works_in_a_browser_and_refuses_secret_keys(
    browser: Browser, server: Server
) -> None:
    def serve(route: Route) -> None:
        path = route.request.url.partition(PLACE)[2]
        if path == "/":
            route.fulfill(content_type="text/html", body="<!doctype html><title>SDK</title>")
        else:
            route.fulfill(content_type="text/javascript", path=DIST / path.lstrip("/"))

    context = browser.new_context()
    context.route(f"{server.url}{PLACE}/**", serve)
    page = context.new_page()
    page.goto(f"{server.url}{PLACE}/")
    found = page.evaluate(USE, [server.key, f"{server.url}/api/v1"])
    context.close()
    assert "CevvoError: A secret key" in found.pop("refused")
    assert found == {"whole": True, "sources": True, "missing": "NotFoundError"}
