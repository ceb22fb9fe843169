//! The words by which mailers introduce quotes and end their mails, in the languages of our
//! customers and of their mailers. All are lower case.

/// Verbs of "On ... wrote:", without the colon.
pub(super) const WROTE: &[&str] = &[
    // English
    "wrote", "writes", "wrote on",
    // Russian
    "пишет", "писал", "писала", "писал(а)", "писали", "написал", "написала", "написал(а)",
    "написали",
    // Ukrainian
    "пише", "писав", "писала(в)", "писав(ла)", "написав", "написав(ла)", "написав(-ла)",
    // German
    "schrieb", "geschrieben",
    // French, Italian, Spanish, Portuguese
    "a écrit", "ha scritto", "escribió", "escribio", "escreveu",
    // Polish, Czech
    "napisał", "napisała", "napisał(a)", "napisana przez", "pisze", "napsal", "napsala", "napsal(a)",
    // Dutch, Swedish, Danish, Norwegian, Finnish, Turkish
    "schreef", "geschreven", "skrev", "følgende", "kirjoitti", "yazdı", "yazmış",
];

/// The same in languages that put no space between words.
pub(super) const WROTE_UNSPACED: &[&str] = &[
    "写道", "寫道", "書きました", "のメール", "からのメール",
];

/// "You wrote", at the start or at the end of such a line.
pub(super) const YOU_WROTE: &[&str] =
    &["you wrote", "вы писали", "ви писали", "вы написали", "ви написали"];

/// "Quoting Ivan", of Horde, at the start of such a line.
pub(super) const QUOTING: &[&str] = &[
    "quoting ", "zitat von ", "цитирование ", "цитирую ", "цитування ", "cytowanie ", "cituji ",
    "citando ", "citeren ", "citerar ", "citat från ", "citat fra ", "mensaje citado por ",
];

/// Footers of mobile mailers and of virus scanners, by their beginning.
pub(super) const FOOTERS: &[&str] = &[
    "yahoo mail:", "sent from my", "sent from mail for", "sent from outlook", "sent from yahoo mail",
    "sent from samsung", "sent from proton", "sent from the", "sent from", "sent via", "sent with",
    "sent using", "get outlook for", "virus-free", "virenfrei",
    "отправлено с", "отправлено из", "отправлено через", "отправлено от", "послано с", "послано из",
    "скачать outlook для", "получить outlook для", "получите outlook для", "без вирусов",
    "надіслано з", "надіслано через", "надіслано із", "надіслано від", "відправлено з",
    "відправлено із", "відправлено через", "отримати outlook для", "отримайте outlook для",
    "завантажити outlook для", "без вірусів",
    "von meinem", "von meiner", "gesendet von", "gesendet mit", "diese nachricht wurde von meinem",
    "von outlook für", "outlook für", "holen sie sich outlook", "laden sie outlook",
    "envoyé de mon", "envoyé depuis", "envoyé à partir de", "envoyé avec", "envoyé via",
    "obtenir outlook pour", "télécharger outlook pour", "obtenez outlook pour",
    "enviado desde", "enviado con", "obtener outlook para", "enviado via", "enviado vía",
    "inviato da", "inviato dal", "inviato con", "scarica outlook per", "ottieni outlook per",
    "wysłane z", "wysłano z", "wysłane za", "pobierz aplikację outlook", "pobierz outlook",
    "uzyskaj aplikację outlook", "uzyskaj outlook",
    "enviado do meu", "enviado a partir", "enviado do", "enviado com", "obter o outlook",
    "obtenha o outlook", "baixe o outlook",
    "verzonden vanaf", "verstuurd vanaf", "verzonden met", "verstuurd met", "download outlook voor",
    "outlook voor", "outlook downloaden voor", "verkrijg outlook voor",
    "skickat från", "skickades från", "skickat med", "hämta outlook för", "skaffa outlook för",
    "sendt fra", "sendt med", "hent outlook", "få outlook", "skaff deg outlook", "last ned outlook",
    "lähetetty", "hanki outlook", "lataa outlook",
    "odesláno z", "odesláno ze", "odesláno s", "získat outlook pro", "stáhnout outlook",
    "发自我的", "发自", "從我的", "从我的", "來自我的", "傳送自", "获取 outlook", "下载 outlook", "取得 outlook",
];

/// The same by their end, where the verb comes last.
pub(super) const FOOTER_ENDS: &[&str] = &[
    "gönderildi", "edinin", "indirin", "から送信", "から送信されました", "发送", "傳送", "を入手",
];

/// A footer names a device or a mailer; "Отправлено с третьей попытки" is a sentence.
pub(super) const MAILERS: &[&str] = &[
    "iphon", "ipad", "ipod", "android", "samsung", "galaxy", "huawei", "xiaomi", "redmi", "poco",
    "mobile", "mobil", "móvil", "мобил", "мобіл", "телефон", "смартфон", "планшет", "устройства",
    "пристрою", "outlook", "windows", "yahoo", "яндекс", "yandex", "mail.ru", "gmail", "ukr.net",
    "i.ua", "rambler", "рамблер", "proton", "zoho", "k-9", "thunderbird", "phone", "tablet",
    "device", "handy", "blackberry", "почты", "пошти", "mail for", "honor", "pixel", "oneplus",
    "mymail", "blue mail", "bluemail", "spark", "handset", "nokia", "telefon", "téléphone",
    "teléfono", "matkapuhelim", "puhelim", "smartphone", "avast", "avg.com", "mailspring",
    "superhuman", "airmail", "newton", "edison", "missive", "canary", "apple watch", "chromebook", "computer", "laptop", "icloud", "macbook", "mimestream", "postbox", " ios", "mail для",
    "em client", "evolution", "mailbird", "fairemail", "aqua mail", "aquamail", "typeapp", "shortwave",
    "fastmail", "tuta", "gmx", "web.de", "libero", "orange", "seznam", "t-online", "foxmail", "qq邮箱",
    "网易邮箱", "mail.com", "hey.com", "polymail", "hubspot", "почты mail", "samsung email",
    "手机", "手機", "スマートフォン",
];

/// What may follow the device in a footer, by the beginning of a word.
pub(super) const FOOTER_TAILS: &[&str] = &[
    "using", "via", "with", "on", "for", "from", "by", "excuse", "please", "pardon", "sorry", "brevity", "typo", "mail",
    "ios", "android", "iphone", "ipad", "pro", "plus", "mini", "max", "ultra", "note", "lite", "edge",
    "fold", "flip", "air", "neo", "nord", "series", "device", "app", "powered", "running", "secure", "http", "www", "so",
    "gesendet", "versendet", "geschickt", "auf", "für", "mit", "gerät", "app", "smartphone",
    "для", "на", "с", "из", "почт", "прилож", "пристр", "устройств", "пошт", "додат", "через",
    "pour", "sur", "avec", "para", "con", "per", "dla", "voor", "för", "til", "pro", "için", "app",
    "gönderildi", "de", "do", "da", "du", "van", "av", "af", "z", "från", "fra",
];

/// "Please consider the environment before printing": pieces that stand together.
pub(super) const ENVIRONMENT: &[&[&str]] = &[
    &["consider the environment", "print"], &["think before", "print"],
    &["think about the environment", "print"], &["save paper", "print"], &["save a tree", "print"],
    &["umwelt", "druck"], &["environnement", "imprim"], &["medio ambiente", "imprim"],
    &["meio ambiente", "imprim"], &["ambiente", "stampa"], &["środowisk", "druk"],
    &["milieu", "print"], &["miljö", "skriv"], &["miljø", "print"], &["miljøet", "skriv"],
    &["прежде чем", "печата"], &["перед тим", "друку"], &["перш ніж", "друку"],
];

/// How letters end, in lower case and without the comma.
pub(super) const CLOSINGS: &[&str] = &[
    // English
    "best regards", "kind regards", "kindest regards", "warm regards", "warmest regards",
    "with best regards", "with kind regards", "with warm regards", "with regards", "regards",
    "best wishes", "with best wishes", "sincerely", "sincerely yours", "yours sincerely",
    "yours faithfully", "yours truly", "very truly yours", "best", "all the best", "cheers",
    "cordially", "respectfully", "respectfully yours", "br", "kr", "rgds", "brgds", "brgs",
    "thanks and regards", "thanks & regards", "thanks and best regards", "thanks & best regards",
    "thanks and kind regards", "thanks & kind regards", "many thanks and best regards",
    "many thanks and kind regards", "thank you and best regards", "thank you and kind regards",
    "thanking you", "greetings", "best greetings", "with respect",
    // Russian
    "с уважением", "с наилучшими пожеланиями", "с уважением и наилучшими пожеланиями",
    "с глубоким уважением", "с искренним уважением", "искренне ваш", "искренне ваша", "с почтением",
    "всего доброго", "всего хорошего", "всего наилучшего", "с приветом", "с ув",
    "с благодарностью", "с уважением и благодарностью", "с уважением к вам", "хорошего дня",
    // Ukrainian
    "з повагою", "з найкращими побажаннями", "з повагою та найкращими побажаннями", "щиро",
    "щиро ваш", "щиро ваша", "з вдячністю", "з подякою", "всього найкращого", "усього найкращого",
    "всього доброго", "гарного дня", "з найщирішими побажаннями",
    // German
    "mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichen gruessen",
    "mit freundlichem gruß", "mit freundlichem gruss", "freundliche grüße", "freundliche grüsse",
    "mit besten grüßen", "mit besten grüssen", "beste grüße", "beste grüsse", "viele grüße",
    "viele grüsse", "liebe grüße", "liebe grüsse", "herzliche grüße", "herzliche grüsse",
    "mit herzlichen grüßen", "schöne grüße", "schönen gruß", "besten gruß", "gruß", "gruss", "grüße",
    "grüsse", "mfg", "vg", "lg", "bg", "hochachtungsvoll", "mit freundlicher empfehlung",
    // French
    "cordialement", "bien cordialement", "très cordialement", "bien à vous", "salutations",
    "meilleures salutations", "sincères salutations", "salutations distinguées",
    "salutations cordiales", "cordiales salutations", "cdlt", "cdt", "bàv", "amicalement",
    "respectueusement", "sincèrement", "bonne journée", "bonne réception", "bien amicalement",
    // Spanish
    "saludos", "un saludo", "saludos cordiales", "un cordial saludo", "cordiales saludos",
    "atentamente", "muy atentamente", "atentos saludos", "un abrazo", "reciba un cordial saludo",
    "reciban un cordial saludo", "le saluda atentamente", "cordialmente", "saluda atentamente",
    "quedo a su disposición", "quedo atento", "quedo atenta",
    // Italian
    "cordiali saluti", "distinti saluti", "saluti", "un saluto", "un cordiale saluto",
    "cordialmente", "i migliori saluti", "migliori saluti", "buona giornata", "tanti saluti",
    // Polish
    "z poważaniem", "pozdrawiam", "pozdrawiam serdecznie", "serdecznie pozdrawiam",
    "z wyrazami szacunku", "z pozdrowieniami", "łączę pozdrowienia", "łączę wyrazy szacunku",
    // Portuguese
    "atenciosamente", "cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos",
    "cordiais cumprimentos", "abraços", "abraço", "um abraço", "saudações", "cordiais saudações",
    "att", "atte", "respeitosamente", "com os meus cumprimentos",
    // Dutch
    "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet",
    "vriendelijke groeten", "met hartelijke groet", "hartelijke groet", "hartelijke groeten",
    "mvg", "groet", "groeten", "groetjes", "hoogachtend",
    // Swedish, Danish, Norwegian
    "med vänlig hälsning", "med vänliga hälsningar", "vänlig hälsning", "vänliga hälsningar",
    "hälsningar", "bästa hälsningar", "mvh", "vänligen", "hälsning", "med venlig hilsen",
    "venlig hilsen", "hilsen", "mange hilsner", "de bedste hilsner", "bedste hilsner",
    "de bedste hilsener", "kh", "med vennlig hilsen", "vennlig hilsen", "med vennlege helsing",
    "beste hilsen", "med beste hilsen", "hilsener", "dbh",
    // Finnish
    "ystävällisin terveisin", "ystävällisesti", "terveisin", "parhain terveisin", "terveiset",
    "kunnioittavasti", "yst.terv", "yst. terv", "terv", "t",
    // Czech
    "s pozdravem", "s přátelským pozdravem", "s úctou", "hezký den", "pěkný den", "zdravím",
    "s přáním hezkého dne", "s přáním pěkného dne", "srdečně",
    // Turkish
    "saygılarımla", "saygılarımızla", "saygılar", "iyi çalışmalar", "iyi günler", "sevgiler",
    "sevgilerimle", "selamlar",
    // Chinese, Japanese
    "此致", "此致敬礼", "此致敬禮", "祝好", "顺祝商祺", "順頌商祺", "敬上", "谨上", "謹上", "敬具", "草々",
];

/// The same with thanks.
pub(super) const THANKS: &[&str] = &[
    "thanks", "thank you", "many thanks", "thanks a lot", "thanks again", "thanks in advance",
    "thank you in advance", "thank you very much", "thx", "with thanks", "much appreciated", "ta",
    "спасибо", "заранее спасибо", "благодарю", "заранее благодарю", "большое спасибо",
    "дякую", "заздалегідь дякую", "щиро дякую", "наперед дякую",
    "danke", "vielen dank", "besten dank", "herzlichen dank", "danke im voraus",
    "vielen dank im voraus", "merci", "merci d'avance", "merci d’avance", "merci beaucoup",
    "gracias", "muchas gracias", "gracias de antemano", "grazie", "grazie mille",
    "obrigado", "obrigada", "muito obrigado", "muito obrigada", "dziękuję", "z góry dziękuję",
    "dank je", "dank u", "bedankt", "alvast bedankt", "tack", "tack på förhand", "tak",
    "på forhånd tak", "mange tak", "takk", "på forhånd takk", "kiitos", "kiitos etukäteen",
    "děkuji", "děkuji předem", "předem děkuji", "teşekkürler", "teşekkür ederim", "谢谢", "謝謝",
    "よろしくお願いいたします", "よろしくお願いします", "よろしくお願い致します",
];

/// Names of the fields in the block that Outlook quotes with, by what they hold.
pub(super) const SENDER: &[&str] = &[
    "from", "от", "от кого", "отправитель", "від", "від кого", "відправник", "von", "de", "da",
    "od", "van", "från", "fra", "lähettäjä", "kimden", "gönderen", "发件人", "寄件者", "寄件人",
    "差出人", "送信元", "送信者",
];
pub(super) const WHEN: &[&str] = &[
    "sent", "date", "отправлено", "дата", "дата отправки", "отправлен", "надіслано", "відправлено",
    "дата надсилання", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el",
    "fecha", "inviato", "data", "wysłano", "wysłane", "enviada em", "enviado em", "enviada",
    "verzonden", "skickat", "sendt", "dato", "lähetetty", "päivä", "päiväys", "päivämäärä",
    "odesláno", "gönderildi", "gönderme tarihi", "gönderilme zamanı", "tarih", "发送时间",
    "发送日期", "日期", "時間", "时间", "寄件日期", "傳送時間", "已傳送", "送信日時", "日付", "日時",
];
pub(super) const TO: &[&str] = &[
    "to", "cc", "кому", "копия", "копія", "an", "kopie", "à", "a", "para", "do", "dw", "aan",
    "till", "kopia", "til", "kopi", "vastaanottaja", "kopio", "komu", "kime", "alıcı", "bilgi",
    "收件人", "收件者", "抄送", "副本", "宛先", "reply-to",
];
pub(super) const SUBJECT: &[&str] = &[
    "subject", "тема", "betreff", "objet", "sujet", "asunto", "oggetto", "temat", "assunto",
    "onderwerp", "ämne", "emne", "aihe", "předmět", "konu", "主题", "主旨", "主題", "件名",
];

/// "Original Message" between dashes.
pub(super) const ORIGINAL: &[&str] = &[
    "original message", "original appointment", "reply message", "original email", "original mail",
    "исходное сообщение", "оригинальное сообщение", "исходное письмо", "оригинальное письмо",
    "оригінальне повідомлення", "вихідне повідомлення", "початкове повідомлення",
    "оригінальний лист", "ursprüngliche nachricht", "originalnachricht", "original-nachricht",
    "ursprüngliche mail", "originalmail", "message d'origine", "message d’origine",
    "message original", "message initial", "mail original", "e-mail original", "courriel original",
    "mensaje original", "messaggio originale",
    "oryginalna wiadomość", "wiadomość oryginalna", "wiadomość pierwotna",
    "treść oryginalnej wiadomości", "mensagem original", "oorspronkelijk bericht",
    "origineel bericht", "ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse",
    "original meddelelse", "original besked", "oprindelig besked", "opprinnelig melding",
    "original melding", "alkuperäinen viesti", "alkuperäinen sähköposti", "původní zpráva",
    "původní e-mail", "orijinal ileti", "orijinal mesaj", "özgün ileti", "özgün mesaj", "asıl ileti",
    "原始邮件", "原始郵件", "邮件原件", "原始信息", "原始訊息", "元のメッセージ", "元のメール",
];

/// What desks write between a reply and what it answers.
pub(super) const REPLY_ABOVE: &[&str] = &[
    "reply above this line", "your reply above this line", "type your reply above", "reply above the line",
    "напишите ответ выше этой", "ответ выше этой линии", "ответ выше этой строки",
    "відповідь вище цього рядка", "відповідь вище цієї лінії", "antwort oberhalb dieser zeile",
    "antwort über dieser zeile", "réponse au-dessus de cette ligne", "respuesta encima de esta línea",
    "respuesta por encima de esta línea", "risposta sopra questa riga", "odpowiedź powyżej tej linii",
    "resposta acima desta linha", "antwoord boven deze regel", "svar ovanför den här raden",
];

/// What the law wants below a card: such a line may look like a sentence.
pub(super) const REGISTERED: &[&str] = &[
    "registered in", "registered office", "company no", "company number", "vat no", "vat reg",
    "amtsgericht", "handelsregister", "geschäftsführer", "ust-id", "hrb ", "siret", "rcs ", "p.iva",
    "p. iva", "partita iva", "огрн", "инн ", "єдрпоу", "nip ", "regon", "krs ", "kvk", "org.nr", "cvr",
];

/// Forms of companies that end with a dot.
pub(super) const COMPANIES: &[&str] = &[
    "ltd.", "inc.", "co.", "corp.", "l.l.c.", "o.o.", "s.a.", "s.r.l.", "s.r.o.", "s.p.a.", "s.l.",
    "a.s.", "a.ş.", "şti.", "b.v.", "n.v.", "lda.", "ltda.", "e.k.", "e.v.", "s.a.s.", "d.o.o.",
];

/// The lines above a mail that was passed on by hand: what follows is news.
pub(super) const FORWARDED: &[&str] = &[
    "forwarded message", "begin forwarded message", "forwarded mail", "пересылаемое сообщение",
    "пересланное сообщение", "начало переадресованного сообщения", "перенаправленное сообщение",
    "переслане повідомлення", "перенаправлене повідомлення", "пересланий лист",
    "початок листа, що пересилається", "weitergeleitete nachricht", "message transféré",
    "début du message transféré", "mensaje reenviado", "messaggio inoltrato",
    "wiadomość przekazana", "treść przekazanej wiadomości", "mensagem encaminhada",
    "mensagem reencaminhada", "doorgestuurd bericht", "vidarebefordrat meddelande",
    "videresendt meddelelse", "videresendt melding", "välitetty viesti", "přeposlaná zpráva",
    "iletilmiş mesaj", "yönlendirilen ileti", "转发的邮件", "转发邮件", "轉寄郵件", "転送されたメッセージ",
];

/// Pieces of legal notices; three of one language make one.
pub(super) const NOTICE: &[&[&str]] = &[
    &["confidential", "intended recipient", "intended solely", "intended only", "in error",
      "disclaimer", "any attachments", "privileged", "this e-mail", "this email", "this message"],
    &["конфиденциальн", "предназначен", "по ошибке", "адресат", "данное сообщение",
      "настоящее сообщение", "это сообщение и", "любые вложения", "уведомить отправителя"],
    &["конфіденційн", "призначен", "помилково", "адресат", "це повідомлення",
      "будь-які вкладення", "повідомити відправника"],
    &["vertraulich", "bestimmt", "irrtümlich", "diese e-mail", "adressat", "vernichten"],
    &["confidentiel", "destiné", "par erreur", "ce message", "destinataire", "pièces jointes"],
    &["confidencial", "destinatario", "por error", "este mensaje", "este correo", "destinatário",
      "por engano", "esta mensagem", "este e-mail"],
    &["riservat", "confidenzial", "destinatari", "per errore", "questo messaggio", "presente e-mail"],
    &["poufn", "adresat", "przez pomyłkę", "omyłkowo", "niniejsza wiadomość", "ta wiadomość"],
    &["vertrouwelijk", "bestemd", "abusievelijk", "dit bericht", "deze e-mail", "geadresseerde"],
    &["konfidentiel", "avsedd", "av misstag", "detta meddelande", "fortrolig", "ved en fejl",
      "ved en feil", "denne e-mail", "denne e-posten", "tiltenkt"],
    &["luottamuksel", "tarkoitettu", "vahingossa", "tämä viesti"],
    &["důvěrn", "určen", "omylem", "tato zpráva", "tento e-mail"],
    &["gizli", "yanlışlıkla", "bu e-posta", "bu mesaj", "alıcı"],
];

/// How a legal notice names itself.
pub(super) const NOTICE_HEADS: &[&str] = &[
    "confidential", "disclaimer", "legal notice", "legal disclaimer", "notice", "privileged",
    "important notice", "this e-mail", "this email", "this message", "the information", "the content",
    "отказ от ответственности", "конфиденциальн", "конфіденційн", "уведомление о", "предупреждение",
    "haftungsausschluss", "vertraulich", "hinweis", "avis de confidentialité", "avertissement",
    "aviso", "cláusula", "avviso", "avvertenza", "klauzula", "disclaimer", "upozornění", "uyarı",
];

/// How a list begins to tell why one got the mail.
pub(super) const LIST_HEADS: &[&str] = &[
    "You received this message because", "You are receiving this", "You're receiving this",
    "Reply to this email directly", "Visit Topic",
    "Вы получили это сообщение", "Ви отримали це повідомлення", "Sie erhalten diese Nachricht",
    "Vous recevez ce message", "Has recibido este mensaje", "Recibiste este mensaje",
];

/// What mailing lists say in their footers.
pub(super) const LIST: &[&str] = &[
    "mailing list", "unsubscribe", "google group", "subscribed to", "to post to this",
    "liste de diffusion", "mailingliste", "lista de correo", "lista di discussione", "рассылк", "розсилк", "manage your subscription",
    "listinfo", "-leave@", "abonnement", "se désabonner", "désinscrire", "abbestellen", "abmelden",
    "cancelar suscripción", "cancelar la suscripción", "anular la suscripción",
    "чтобы отменить подписку", "вы получили это сообщение", "щоб скасувати підписку",
    "ви отримали це повідомлення",
];
