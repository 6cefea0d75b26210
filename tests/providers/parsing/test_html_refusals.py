"""Pages that a server serves as if they were content; and pages that only look like those."""

import pytest

from cevvo.domain.documents import ParsedDocument
from cevvo.errors import Permanent
from cevvo.providers.parsing.html import parse_html

SCRIPT = '<script src="/static/js/main.4f2a.js" defer></script>'
WORDS = "The server reads its settings once, when it starts, and keeps them until it is stopped. "


def parse(markup: str, selector: str | None = None) -> ParsedDocument:
    return parse_html(
        markup.encode(), name="page.html", url="https://a.example/page", selector=selector
    )


def refusal(markup: str, selector: str | None = None) -> str | None:
    """The reason, whether or not there is something on the page besides."""
    try:
        return parse(markup, selector).refusal
    except Permanent as error:
        return error.message if error.reason == "no_content" else f"raised: {error.reason}"


SHELLS = {
    "create-react-app": "<title>Acme</title><noscript>You need to enable JavaScript to run this "
    f"app.</noscript><div id=root></div>{SCRIPT}",
    "vite": '<title>Vite</title><div id="app"></div><script type="module" src="/m.js"></script>',
    "next": f'<div id="__next"><div class=spinner>Loading…</div></div>{SCRIPT}<footer>© Acme',
    "nuxt": '<div id="__nuxt"></div><script>window.__NUXT__={}</script>',
    "angular": f"<base href=/><app-root>Loading...</app-root>{SCRIPT}",
    "angularjs": "<body ng-app=docs><p>{{ title }}</p><p>{{ text }}</p><script src=a.js></script>",
    "flutter": f"<flutter-view></flutter-view>{SCRIPT}",
    "no marker": f"<title>Docs</title><div class=shell></div>{SCRIPT}",
    "much script": "<p>Acme docs</p><script>" + "var state = [1, 2, 3];" * 1000 + "</script>",
    "noscript": f"<div>Acme</div><noscript>Please enable JavaScript.</noscript>{SCRIPT}",
    "no script sent": "<div id=content><p>JavaScript is required</p><p>Please enable JavaScript "
    f"and reload this page.</p></div>{SCRIPT}",
    "german": f"<p>Bitte aktivieren Sie JavaScript in Ihrem Browser.</p>{SCRIPT}",
    "french": f"<p>Vous devez activer JavaScript pour voir cette page.</p>{SCRIPT}",
    "spanish": f"<p>Habilite JavaScript para continuar.</p>{SCRIPT}",
    "japanese": f"<p>このサイトを見るにはJavaScriptを有効にしてください。</p>{SCRIPT}",
    "chinese": f"<p>请启用JavaScript后继续。</p>{SCRIPT}",
    "browser check": "<title>Just a moment...</title><h1>docs.acme.example</h1><p>Verifying you "
    "are human. This may take a few seconds.</p><p>docs.acme.example needs to review the security "
    f"of your connection before proceeding.</p>{SCRIPT}",
    "older browser check": "<title>Just a moment...</title><noscript>Enable JavaScript and cookies "
    f"to continue</noscript><div id=challenge></div>{SCRIPT}",
    "proof of work": "<title>Making sure you're not a bot!</title><h1>Making sure you’re not a bot!"
    f"</h1><p>Loading...</p><details><p>{WORDS * 4}</p></details>{SCRIPT}",
}


@pytest.mark.parametrize("markup", SHELLS.values(), ids=SHELLS)
def test_pages_that_need_javascript(markup: str) -> None:
    assert (refusal(markup) or "").startswith("needs JavaScript: ")


FORM = "<form method=post><input name=u><input type=password name=p><button>{}</button></form>"
SIGN_INS = {
    "english": f"<title>Sign in · Acme</title><h1>Sign in to Acme</h1>{FORM.format('Sign in')}"
    "<p><a href=/reset>Forgot your password?</a> New here? <a href=/join>Create an account</a>.",
    "log in": f"<title>Log In ‹ Blog — WordPress</title>{FORM.format('Log In')}<a href=/>Blog</a>",
    "untitled": f"<title>Acme Wiki</title><p>User and password, please.</p>{FORM.format('Login')}",
    "german": f"<title>Anmelden</title><p>Passwort vergessen?</p>{FORM.format('Anmelden')}",
    "french": f"<title>Acme - Connexion</title><p>Bienvenue</p>{FORM.format('Se connecter')}",
    "spanish": f"<h1>Iniciar sesión</h1><p>Bienvenido</p>{FORM.format('Entrar')}",
    "russian": f"<h1>Вход</h1><p>Пароль</p>{FORM.format('Войти')}",
    "japanese": f"<h1>ログイン</h1><p>パスワード</p>{FORM.format('ログイン')}",
    "chinese": f"<title>登录 - 文档</title><p>欢迎</p>{FORM.format('登录')}",
    "one step at a time": "<h1>Sign in</h1><form><input type=email><button>Next</button></form>",
    "single sign-on": "<h1>Log in to Acme</h1><a href=/oauth/google>Continue with Google</a>",
}


@pytest.mark.parametrize("markup", SIGN_INS.values(), ids=SIGN_INS)
def test_login_walls(markup: str) -> None:
    assert (refusal(markup) or "").startswith("asks to sign in: ")


ERRORS = {
    "bare": "<title>404 Not Found</title><center><h1>404 Not Found</h1></center><hr>nginx/1.22.1",
    "mkdocs": "<title>Acme</title><nav><a href=/>Home</a></nav><h1>404</h1><p><b>Page not found"
    "</b></p>",
    "material": "<title>Acme</title><article class='md-content__inner'><h1>404 - Not found</h1>",
    "docusaurus": "<title>Page Not Found | Acme</title><main><h1>Page Not Found</h1><p>We could "
    "not find what you were looking for.</p><p>Please contact the owner of the site that linked "
    "you to the original URL and let them know their link is broken.</p></main>",
    "shop": "<title>Acme</title><h1>Sorry, this page can’t be found.</h1><p>The link may be broken,"
    " or the page may have been removed. <a href=/>Back to the home page</a>",
    "mistake": "<title>Oops! Something went wrong</title><h1>Oops!</h1><p>Please try again later.",
    "server": "<h1>Internal Server Error</h1>",
    "maintenance": "<h1>Under maintenance</h1><p>Sorry for the trouble. We'll be back soon.",
    "search page": "<title>Error 404 (Not Found)</title><p><b>404.</b> That’s an error.</p>"
    "<p>The page you are looking for is not on this server.",
    "german": "<h1>Seite nicht gefunden</h1><p>Leider gibt es diese Seite nicht. Zur Startseite.",
    "french": "<title>Page introuvable - Acme</title><p>Désolé, cette page n’existe plus.",
    "spanish": "<h1>Página no encontrada</h1><p>Lo sentimos.",
    "portuguese": "<h1>404 - Página não encontrada</h1>",
    "italian": "<h1>Pagina non trovata</h1>",
    "dutch": "<h1>Pagina niet gevonden</h1><p>Helaas.",
    "polish": "<h1>Nie znaleziono strony</h1>",
    "russian": "<h1>Ошибка 404</h1><p>Страница не найдена",
    "swedish": "<h1>Sidan kunde inte hittas</h1>",
    "turkish": "<h1>Sayfa bulunamadı</h1>",
    "japanese": "<h1>お探しのページは見つかりませんでした</h1>",
    "chinese": "<h1>页面不存在</h1><p>抱歉，返回首页",
    "korean": "<h1>페이지를 찾을 수 없습니다</h1>",
}


@pytest.mark.parametrize("markup", ERRORS.values(), ids=ERRORS)
def test_error_pages_with_status_200(markup: str) -> None:
    assert (refusal(markup) or "").startswith("shows an error: ")


CONTENT = {
    "short": "<p>Closed on Sunday.",
    "short, with scripts": f"<h1>Hours</h1><p>Closed on Sunday.</p>{SCRIPT}",
    "short, rendered by the server": f"<div id=app><h1>Hours</h1><p>Mondays.</div>{SCRIPT}",
    "rendered by the server": f"<div id=root><p>{WORDS * 3}</p></div><noscript>You need to enable "
    f"JavaScript to run this app.</noscript>{SCRIPT}",
    "an empty root beside the text": f"<main><h1>Guide</h1><p>{WORDS * 2}</main><div id=app></div>"
    f"{SCRIPT}",
    "comments by a script": f"<p>Closed on Sunday.</p>{SCRIPT}<noscript>Please enable JavaScript to"
    " view the comments powered by Disqus.</noscript>",
    "how to enable JavaScript": "<title>How to enable JavaScript</title><h1>How to enable "
    f"JavaScript</h1><p>Open Settings. Please enable JavaScript and reload.</p>{SCRIPT}",
    "about JavaScript": "<h1>Viewer</h1><p>JavaScript is disabled by default in the viewer.</p>"
    f"{SCRIPT}",
    "long text about JavaScript": f"<h1>Widget</h1><p>You need to enable JavaScript. {WORDS * 8}"
    f"</p>{SCRIPT}",
    "about bots": "<h1>How visitors are checked</h1><p>The page tells people that it is checking "
    f"your browser.</p>{SCRIPT}",
    "how to sign in": "<title>How to sign in - Acme</title><h1>How to sign in</h1><ol><li>Open the "
    f"console.<li>Type your password.</ol>{FORM.format('Search')}",
    "sign in, explained": "<title>Sign in | Acme Help</title><h1>Sign in</h1><p>Click Sign in and "
    "type the password that you chose when you registered.",
    "a form in the header": f"<header>{FORM.format('Sign in')}</header><main><h1>Sign in</h1><p>"
    "Every member has a password, which an administrator can reset.</main>",
    "steps to sign in": "<h1>Log in</h1><ol><li>Open the app.<li>Enter your name.</ol>"
    f"{FORM.format('Log in')}",
    "sign in with code": f"<h1>Login</h1><pre>acme login --user me</pre>{FORM.format('Login')}",
    "long sign-in manual": f"<h1>Log in</h1><p>{WORDS * 10}</p>{FORM.format('Log in')}",
    "error reference": "<title>404 Not Found | API</title><h1>404 Not Found</h1><p>Returned when "
    "the document does not exist. Check the id in the path.",
    "error reference that says sorry": "<h1>Something went wrong</h1><p>If you see this message, "
    "restart the app. Sorry for that.",
    "status codes": "<h1>404</h1><p>The resource is not there.</p><table><tr><th>Code<th>Meaning"
    "<tr><td>404<td>Not found</table>",
    "error with code": "<h1>Not found</h1><p>Sorry?</p><pre>HTTP/1.1 404 Not Found</pre>",
    "custom error pages": "<h1>Custom 404 pages</h1><p>Tell readers: sorry, back to the home page.",
    "handling errors": "<title>Handling 404 errors</title><h1>Page not found errors</h1><p>Sorry.",
    "an option": "<h1>Maintenance mode</h1><p>Turn it on with <code>acme maintain on</code>.",
    "unauthorized": "<h1>401 Unauthorized</h1><p>The key is missing or was revoked.",
    "lost and found": "<h1>Error</h1><p>An error is a value. Handle it where you can.",
}


@pytest.mark.parametrize("markup", CONTENT.values(), ids=CONTENT)
def test_pages_that_say_something_are_taken(markup: str) -> None:
    assert refusal(markup) is None


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("", "empty: "),
        ("<nav><a href=/a>A</a></nav>", "empty: the page holds no text besides navigation"),
        (f"<nav>{'<a href=/a>Chapter one</a>' * 20}</nav>{SCRIPT}", "empty: "),
        ("<frameset><frame src=a.html></frameset>", "empty: the page's text is in frames"),
        ("<body><iframe src=a.html></iframe>", "empty: the page's text is in frames"),
        (
            "<meta http-equiv=refresh content='0; url=new.html'><p>Moved. <a href=new.html>Go</a>",
            "empty: the page only sends its reader on to https://a.example/new.html",
        ),
    ],
)
def test_empty_pages(markup: str, words: str) -> None:
    assert (refusal(markup) or "").startswith(words)


def test_a_page_that_reloads_itself_is_taken() -> None:
    assert refusal("<meta http-equiv=refresh content='60; url=/page'><p>Up and running.") is None


def test_an_empty_page_still_leads_on_to_others() -> None:
    page = parse(f"<nav><a href=/a>A</a> <a href=/b>B</a></nav><div id=root></div>{SCRIPT}")
    assert page.blocks == ()
    assert page.links == ("https://a.example/a", "https://a.example/b")
    assert page.refusal == (
        "needs JavaScript: the page is a shell that scripts fill in the browser."
    )


def test_a_selector_that_matches_nothing_says_so() -> None:
    with pytest.raises(Permanent) as caught:
        parse("<main><p>Text.</main>", selector="article")
    assert caught.value.reason == "no_content"
    assert caught.value.message == "empty: the selector 'article' matches no text on this page."
    linked = parse(f"<main><p>{WORDS * 9}<a href=/a>A</a></main>", selector="article")
    assert (linked.blocks, linked.links) == ((), ("https://a.example/a",))
    assert linked.refusal == "empty: the selector 'article' matches no text on this page."


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        (SHELLS["create-react-app"], "needs JavaScript: "),
        (SIGN_INS["english"], "asks to sign in: "),
        (ERRORS["docusaurus"], "shows an error: "),
    ],
)
def test_behind_a_selector_the_page_is_still_a_wall(markup: str, words: str) -> None:
    for selector in ("h1", ".missing"):
        assert (refusal(markup, selector) or "").startswith(words)


def test_little_selected_from_a_page_that_says_much_is_taken() -> None:
    page = f"<title>Page not found</title><h1>Not found</h1><p class=a>Sorry.</p><p>{WORDS * 9}"
    assert refusal(page, ".a") is None


def test_no_wording_takes_long_to_be_told() -> None:
    """Each of these would take hours with an expression that backtracks."""
    for unit in (
        "{{",
        "}}",
        "{{}}",
        "loading",
        "404 ",
        "sorry ",
        " ",
        "<h1>404</h1>",
        "<i id=app>",
    ):
        text = unit * (500 if unit == "<i id=app>" else 50_000 // len(unit))
        for page in (f"<div id=app>{text}</div>{SCRIPT}", f"<title>{text}</title><p hidden>{text}"):
            refusal(page)
