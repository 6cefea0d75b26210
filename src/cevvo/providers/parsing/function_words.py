"""Words that carry grammar, not topic, by script and language: what ``language.py`` tells by.

Articles, prepositions, conjunctions, pronouns, forms of to be and to have, and the verbs of
instructions. Latin Serbian and Bosnian are left to Croatian: these cannot tell them apart.
"""

FUNCTION_WORDS = {
    "latin": {
        "ca": """
            el els la les i de del dels un una amb per que en és són no es al als o com si aquest
            aquesta pot ser també ha més pel pels fer sobre tots seu quan ni sense fins ara està
            estan cal podeu vostè seva
        """,
        "cs": """
            a v na se je že s z do pro to ve o jsou jako od nebo po by ale který která které tento
            tato aby být lze při pokud může není si i máte můžete použít pouze tak také více pak
            mezi jeho bude byl byla však jen už podle než své svůj svou musí kdo když
        """,
        "da": """
            og i at er det en til af på for med der de den ikke et som kan du har eller fra hvis
            skal vil ved om bliver denne dette så men efter nogle noget nu sig meget være kunne hvor
            også disse flere når andre din dit mere under ud op vi jeg hun han
        """,
        "de": """
            der die das und in ist zu den von mit für ein eine nicht auf des dem sie werden wird
            oder auch sich als kann bei einer aus wenn sind zum zur wie nur noch sein mehr nach über
            kein keine können muss diese dieser dieses ihr ihre sollte durch um am im einen einem
            eines haben hat er wer seine seinen bevor man hier dort alle alles
        """,
        "en": """
            the of and to in is for that this with are be on as by it not or from an if can you your
            which will has have at was when use we they he she his her our their but all more other
            into than only these those about one there should must after how what who
        """,
        "es": """
            el la los las de y que en un una con por para se es no del al como su lo este esta más
            puede son si o ser sus cuando están estos sobre muy sin hay hasta desde todo todos donde
            debe pueden usted también
        """,
        "et": """
            ja on ei see et kui või mis ka seda selle oma saab peab siis kas ning ole olla jaoks
            pole teie palun tuleb ainult sama iga sisse korral antud mitte välja nende meie oli olid
            veel juba väga pärast enne tema nii siin
        """,
        "eu": """
            eta da ez du bat dira hau izan den dago baina edo ere bidez dute egin zure duen duten
            behar hori dituen beste lehenetsi ala honek dagoen dagoenean direnean bezala zein zen
            ziren baita edota horrek bakarrik oso baino gabe arte ondoren
        """,
        "fi": """
            ja on ei se että tai kun ole jos voi myös joka ovat tämä tämän sen käyttää kuin niin
            mutta siitä oli voidaan olla sekä vain siihen siinä tästä niiden kanssa ilman mukaan
            sitten joita jotka jossa jolloin kaikki vielä jo hän he me te älä ennen jälkeen pitää
            täytyy
        """,
        "fr": """
            le la les de des et en un une du est que pour dans qui sur pas au par avec ce il sont ou
            plus ne vous se peut cette aux être mais si leur leurs nous elle ils elles ces son sa
            ses tout tous fait avoir été ont même aussi comme vers chez sans sous entre
        """,
        "ga": """
            an na agus ar i is le ní do go seo sin leis nó bhfuil níl atá chun ag má tá féidir gach
            nach mar sa den trí bhí gur nuair faoi ach tríd agat isteach amach idir ón dá gan
        """,
        "gl": """
            o a os as de e que en un unha non con para por se do da dos das ao á é ou na no máis
            pode este esta como son indica cando desde tamén polo pola ser está están moi seu súa
            isto ten foi onde debe
        """,
        "hr": """
            i u je na se za da od ne su s nije ili kao to iz koji koja koje može ako biti će samo
            ovaj ova ovo prema već što kada nema treba moguće zadano bez po o još svi sve nego kod
            između nakon prije također mogu jer gdje ali
        """,
        "hu": """
            a az és nem hogy egy is van meg ez vagy csak ha el kell már lehet mint nincs akkor azt
            ezt de még minden egyik által nélkül lesz ki be e itt ott pedig illetve valamint után
            alatt között mert olyan ilyen során volt voltak
        """,
        "id": """
            yang dan di untuk dengan dari pada ini itu tidak adalah dalam ke akan atau anda dapat
            oleh jika sebagai bisa ada telah harus juga karena saat agar bila lebih maka sebuah
            seperti tersebut menggunakan sudah belum hanya setelah sebelum antara mereka kami kita
            semua secara para
        """,
        "it": """
            il la di e che in un una è per non con del della i le si da sono al dei nel alla come o
            delle questo può gli essere più anche ma ha hanno ed dalla dalle nella nelle sul sulla
            degli questa questi quando dove solo tutti tutto ogni deve possono viene
        """,
        "lt": """
            ir yra į kad iš su ne tai ar arba kaip nėra tik jei už šis šį šio bet apie galima nuo
            jūs buvo kai bus prie būti turi kuris kuri kurie metu iki pagal jų jo jos tarp taip pat
            gali prieš jau labai visi visos bei tačiau
        """,
        "lv": """
            un ir ar no ka uz lai nav vai par kas šo ja pie tiek tikai nevar tas kā jau šis bet ko
            jūs pēc vairāk kad tiks šī līdz bez pirms starp viņš viņa bija būs jābūt tādēļ piemēram
            ļoti visi arī savu kuru kurš
        """,
        "nb": """
            og i å er det en til av på for med som de den ikke et kan du har eller fra hvis skal vil
            ved om blir dette denne må bare så men etter bli noen noe nå seg mye være kunne hvor
            også disse flere når andre din ditt mer under ut opp vi jeg hun han gjør gjøre dersom
            mellom
        """,
        "nl": """
            de het een en van in is te dat op voor met zijn niet aan of als ook worden door er naar
            bij kan u deze om wordt uit dit maar wel nog geen meer dan over onder tot zal zou moet
            kunnen hebben heeft had was waren die wat wie waar wanneer alleen uw na tussen
        """,
        "pl": """
            i w na nie się z do to jest że o jak po za od lub dla przez może oraz są być tego który
            która które ten ta gdy tylko aby jeśli czy jako należy musi jego jej ich tym tych gdzie
            przy podczas bez między przed już bardzo wszystkie także więc ale jednak mogą został
            została
        """,
        "pt": """
            o a os as de e que em um uma não para com por se do da dos das é ao no na ou mais como
            são pode você este esta ser seu irá isto ter tem foi também quando onde sem sobre até
            desde muito todos cada deve podem já depois entre à às pelo pela
        """,
        "ro": """
            și în de la cu pe nu un o este care din că sau să mai pentru se a fi ce sunt prin ca
            dacă al ale poate fost această acest într ei ele lui lor sunteți puteți trebuie fără
            între după când unde toate tot mult foarte doar dar iar către
        """,
        "sk": """
            a v na sa je že s z do pre to vo o sú ako od alebo po by ale ktorý ktorá ktoré tento
            táto aby byť pri ak môže nie keď iba majú toto bude pred pod nad medzi však len už svoje
            musí potom veľmi všetky
        """,
        "sl": """
            in v je na se za da ni z s ali ne so kot pri od ki to bo po iz če lahko le še biti ta bi
            tudi naj kadar bodo med brez zaradi vse več tem teh njegov kjer ko pred saj samo kako
            mora nato zelo
        """,
        "sv": """
            och i att är det en till av på för med som de den inte ett kan du har eller från om ska
            vid så detta denna måste när men efter blir bli några något nu sig mycket vara kunna där
            också dessa flera andra din ditt mer under ut upp vi jag hon han finns mellan
        """,
        "tr": """
            ve bir bu için ile de da olarak daha en ne değil olan var gibi kadar çok sonra veya her
            ise yok ama olduğu dosya mi eğer yeniden yalnızca tüm tarafından önce üzerinde içinde
            göre ancak şu bunu bunun onun ki hem biri bazı şey olması olur edilir eder kullanarak
            yoksa
        """,
        "vi": """
            và của là các có cho trong được không này với một để người những khi đã từ hoặc bạn như
            trên sẽ đến nếu bị vào tập bởi về ra rằng vì nên hơn nhiều cũng phải chỉ mà lại còn theo
            sau trước giữa tôi chúng
        """,
    },
    "cyrillic": {
        "be": """
            і ў не на з у што як для гэта да па ці каб або калі ад яго пры толькі быў гэты можа няма
            будзе якія яны але аб паміж ўжо яшчэ вельмі іх мы вы яна трэба
        """,
        "bg": """
            и на за да в се от не е с са по това при или като към че бъде може този тази което които
            какво само когато след всички всеки ще има беше били те той тя ние вие но а още вече
            много трябва без между преди
        """,
        "mk": """
            и на во да се за од не е со ќе по или како што оваа овој ова кој треба може до но овие
            нема само кога потоа сите ги го му ја беше биле тие тој таа ние веќе многу без меѓу пред
        """,
        "ru": """
            и в не на с что для это по из от как или при если но к о же быть может то его так был
            этот они она мы вы нас вам все уже еще также только можно есть была были будет нет без
            между перед после когда где который которые должен тот кто прежде чем свой своё им ей её
        """,
        "sr": """
            и у је на се за да од не су са није или као то из који која које може ако бити ће само
            овај ова када могу што биће било била без између пре после сви све јер где али већ још
            њих они ми ви тај
        """,
        "uk": """
            і в не на з що для це до та за у як або по від якщо є при бути може цей його ви чи можна
            буде має після слід лише під які яка яке її вони ми вже ще також коли де щоб був були
            немає між перед
        """,
    },
    "arabic": {
        "ar": """
            في من على إلى أن هذا هذه لا أو التي الذي هو مع عن ما لم إذا كان هي تم كل عند غير قد يجب
            هناك قبل بعد ثم حيث فإن لكن أي بين منذ خلال حتى لن ذلك تلك كما بعض يتم
        """,
        "fa": """
            و در به از که این را با است برای یک آن می تا بر نیست شود هر یا خود اگر شما بود نمی باید
            شده کنید های می‌شود بین پس پیش همه هیچ چه نیز اما هنگام استفاده وجود دارد کرد شد
        """,
        "ur": """
            کے میں کی ہے اور سے کا کو نہیں یہ کہ پر اس ہیں ایک نے بھی تو
        """,
    },
    "devanagari": {
        "hi": """
            के में है की और से का को नहीं यह पर कि हैं एक लिए इस ने भी तो या करें किया जब करने किसी
            कोई यदि अगर सकता जाता गया चाहिए आप हो था थे थी अपने साथ तक
        """,
        "mr": """
            आहे आणि या ते हे नाही मध्ये आहेत केले करा किंवा हा ही व का असे साठी
        """,
        "ne": """
            छ र को मा लाई यो हो छैन गर्नुहोस् छन् वा पनि यस भएको गर्न लागि
        """,
    },
    "hebrew": {
        "he": """
            של את על לא עם זה או כי הוא אם כל היא גם אין יש ניתן זו כדי אותו רק כאשר אחרי לפני אבל
            יותר כמו שלא שבו שלך הם היו היה בין
        """,
        "yi": """
            און די אין איז פון דער צו מיט נישט אַ דאָס עס פֿון
        """,
    },
}
