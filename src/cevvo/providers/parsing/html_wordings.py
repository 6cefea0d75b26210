"""What pages say that have nothing to take in, in the languages most pages are written in.

Matched against text in lower case with straight apostrophes. Titles are matched whole: a manual
that speaks *about* an error or about signing in is titled with more words than these.
"""

import re

_PAGE = "(?:page|file|document|documentation page|url|article|content|resource|site)"
_ERRORS = (
    rf"(?:the |this |that |your |requested )*{_PAGE} "
    r"(?:not found|(?:was|is|could) not (?:be )?(?:found|available)"
    r"|(?:can't|cannot|couldn't) be found|(?:does not|doesn't) exist|no longer exists)",
    r"(?:we )?(?:can't|cannot|can not|couldn't|could not) find (?:that|this|the|your) page",
    r"not found|nothing (?:to see )?here|something (?:went|has gone) wrong|oops|whoops",
    r"(?:an? )?(?:unexpected |application |server |unknown )?error (?:has )?occurred",
    r"(?:internal )?server error|application error|service (?:temporarily )?unavailable",
    r"bad gateway|gateway time-?out|access denied|forbidden|unauthorized|too many requests",
    r"(?:(?:the |this |our )?(?:site|website|service) (?:is )?(?:currently )?)?"
    r"(?:under|down for|in) (?:scheduled )?maintenance|we'll be (?:right )?back(?: soon| shortly)?",
    r"(?:die )?(?:angeforderte )?seite (?:wurde )?(?:leider )?nicht gefunden|seite existiert nicht",
    r"etwas ist schief ?gelaufen|ein fehler ist aufgetreten|zugriff verweigert|wartungsarbeiten",
    r"(?:la )?page (?:demandée )?(?:non trouvée|introuvable|inexistante|n'existe pas)",
    r"une erreur (?:est survenue|s'est produite)|accès refusé",
    r"(?:la )?página (?:solicitada )?no (?:encontrada|se encontró|existe|se ha encontrado)",
    r"(?:algo salió|algo ha salido) mal|ha ocurrido un error|acceso denegado",
    r"(?:a )?página não (?:foi )?encontrada|algo deu errado|ocorreu um erro|acesso negado",
    r"(?:la )?pagina (?:richiesta )?non (?:è stata )?trovata|si è verificato un errore",
    r"(?:de )?pagina (?:kon )?niet (?:worden )?gevonden|(?:de )?pagina bestaat niet",
    r"strona nie (?:została )?znaleziona|nie znaleziono strony|strona nie istnieje",
    r"страница не (?:найдена|существует)|произошла ошибка|что-то пошло не так|доступ запрещ[её]н",
    r"сторінку не знайдено|сталася помилка",
    r"sidan (?:kunde inte hittas|hittades inte|finns inte)|något gick fel",
    r"siden (?:blev ikke fundet|ble ikke funnet|findes ikke|finnes ikke)|noe gikk galt",
    r"sivua ei (?:löytynyt|löydy)|jotain meni pieleen|stránka (?:nebyla )?nenalezena|chyba 404",
    r"sayfa bulunamadı|az oldal nem található|pagina nu a fost găsită|η σελίδα δεν βρέθηκε",
    r"(?:お探しの)?ページ(?:が|は)(?:見つかりません(?:でした)?|存在しません)|エラーが発生しました",
    r"(?:页面|頁面)(?:未找到|不存在|找不到)|找不到(?:页面|頁面|该页面|您要的頁面)|出错了|發生錯誤",
    r"페이지를 찾을 수 없습니다|오류가 발생했습니다|الصفحة غير موجودة|لم يتم العثور على الصفحة",
)
_STATUS = r"(?:(?:http|error|fehler|erreur|erro|errore|ошибка)[ :]*)*(?:40[0134]|410|429|50[0234])"
_PHRASE = f"(?:{'|'.join(_ERRORS)})"
ERROR_TITLE = re.compile(
    r"(?:(?:oops|sorry|whoops|uh-oh|hmm)[\s,.!:…–-]+)?"
    rf"(?:{_STATUS}(?: error| fehler)?(?:[\s:.,!|–—(-]+{_PHRASE}\)?)?"
    rf"|{_PHRASE}(?: [(\[]?{_STATUS}[)\]]?)?)"
)
"""A title of an error page."""

APOLOGY = re.compile(
    r"(?:looking|searching) for\b|you(?:'ve| have)? requested|\bsorry\b|\boops|\bwhoops"
    r"|(?:back|return|go|take me) (?:to )?(?:the |our )?(?:home|start|front|main)|\bhome ?page\b"
    r"|(?:may|might) have (?:been )?(?:moved|removed|deleted|renamed)|try again (?:later|in a)"
    r"|try (?:refreshing|reloading)|(?:refresh|reload) the page|be back (?:soon|shortly|online)"
    r"|link (?:that )?(?:is|was|may be) broken|don't have (?:permission|access)"
    r"|leider|startseite|entschuldigung|désolé|accueil|lo sentimos|página de inicio|desculp"
    r"|página inicial|spiacent|pagina iniziale|helaas|startpagina|niestety|przepraszamy"
    r"|stron[ęy] główn|извините|к сожалению|на главную|на жаль|вибачте|tyvärr|startsidan|desværre"
    r"|beklager|forsiden|valitettavasti|etusivu|bohužel|hlavní stránk|üzgün|ana sayfa|sajnál"
    r"|συγγνώμη|申し訳|お探しの|トップページ|ホームに戻|抱歉|对不起|首页|首頁|죄송|홈으로|عذر"
)
"""How an error page speaks to its reader; a manual's page of the same title does not."""

ABOUT = re.compile(
    r"status code|(?:this|the|an?) (?:error|status|response) (?:means|is|are|occurs?|can)"
    r"|(?:returned|raised|thrown|sent|shown|displayed|occurs?) (?:when|if|by|with|for)"
    r"|(?:if|when) (?:you|your|users?|visitors?|customers?|readers?|someone) (?:see|get|receive)"
    r"|means that|to (?:fix|resolve|solve) (?:this|the|it)\b|troubleshoot"
)
"""How a manual speaks about an error."""

GUIDE_TITLE = re.compile(
    r"(?:how|why|when|what|where|enabling|activating|disabling|about|using|troubleshooting|handling"
    r"|configur\w+|customi[sz]\w+|creating|wie|warum|comment|pourquoi|cómo|como|come|jak|как)\b"
)
"""How the title of a manual's page begins, and no wall's."""

SIGN_IN_TITLE = re.compile(
    r"(?:please )?(?:sign|log)[ -]?[io]n(?: (?:required|page|or (?:register|sign up)"
    r"|(?:to|with|at|into) .{1,60}))?|authentication required|(?:member|user|customer) login"
    r"|(?:bei .{1,40} )?(?:anmelden|einloggen)|anmeldung|bitte (?:melden sie sich an|anmelden)"
    r"|connexion|se connecter|connectez-vous|identifiez-vous|authentification(?: requise)?"
    r"|iniciar? sesión(?: en .{1,40})?|inicio de sesión|acceder|ingresar|iniciar sessão|entrar"
    r"|fazer login|acessar|accedi|accesso|inloggen|aanmelden|zaloguj się|logowanie"
    r"|войти|вход|авторизация|увійти|вхід|logga in|log ind|logg inn|kirjaudu(?: sisään)?"
    r"|přihlášení|přihlásit se|giriş yap|oturum aç(?:ın)?|bejelentkezés|autentificare|σύνδεση"
    r"|ログイン|サインイン|(?:请|請)?(?:登录|登入|登錄)|로그인|تسجيل الدخول"
)
"""A title of a page that asks who the reader is."""

ASKS_FOR_JAVASCRIPT = re.compile(
    r"(?:need to|please|must|have to) (?:enable|turn on|activate|allow|switch on) javascript"
    r"|(?:enable|turn on|activate) javascript(?: and cookies)?(?: in your (?:web )?browser)?,? "
    r"(?:to|and) (?:run|continue|view|use|see|proceed|access|load|reload|try)\b"
    r"|javascript (?:is|appears to be|seems to be|has been) (?:disabled|turned off|not enabled"
    r"|not available|required|blocked)(?! by default| in the | when | if | for )"
    r"|(?:this|the|our) (?:web)?(?:app|application|site|page) (?:requires|needs) javascript"
    r"|without javascript enabled|javascript (?:must|needs to|has to) be (?:enabled|turned on)"
    r"|(?:aktivieren|schalten) sie (?:bitte )?javascript|javascript ist deaktiviert"
    r"|javascript muss aktiviert|activ(?:er|ez) javascript|javascript est (?:désactivé|requis)"
    r"|(?:habilit|activ)(?:e|a|ar) (?:o )?javascript|javascript está (?:desactivado|deshabilitado)"
    r"|ativ(?:e|ar) o javascript|(?:abilit|attiv)(?:a|are|ate) javascript"
    r"|schakel javascript in|javascript (?:in te schakelen|is uitgeschakeld)"
    r"|включит[еь] javascript|javascript (?:отключ[её]н|выключен)"
    r"|włącz(?:yć)? (?:obsługę )?javascript"
    r"|aktivera javascript|aktiver javascript|slå på javascript|povol(?:te|it) javascript"
    r"|zapn(?:ěte|out) javascript|javascript'?i etkinleştir|javascript ?を(?:有効|オン)"
    r"|(?:启用|开启|啟用|開啟|打开) ?javascript|javascript(?:를|을)? ?(?:활성화|사용)"
)
"""The request of a page that shows nothing without JavaScript."""

CHECKS_THE_BROWSER = re.compile(
    r"checking (?:if the site connection is secure|your browser)"
    r"|verif(?:y|ying) (?:that )?you(?:'re| are) (?:a )?(?:human|not a (?:ro)?bot)"
    r"|(?:confirm|prove|making sure|make sure|check) (?:that )?you(?:'re| are) "
    r"(?:a )?(?:human|not a (?:ro)?bot)|ddos[- ]protection by|needs to review the security of your"
    r"|complete the security check|enable (?:javascript and )?cookies to continue"
    r"|unusual traffic from your|pardon our interruption"
)
"""What a site says that first wants to know whether its visitor is a person."""

LOADING = re.compile(
    r"(?:(?>\{\{.*?\}\})|loading|please wait|wird geladen|bitte warten|laden"
    r"|chargement(?: en cours)?|cargando|carregando|caricamento|загрузка"
    r"|ładowanie|laddar|読み込み中|加载中|載入中|로딩 ?중"
    r"|initiali[sz]ing|starting|[\s.…!%\d])*+",
    re.DOTALL,
)
"""Placeholders that a script will replace."""
