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
    "teléfono", "matkapuhelim", "puhelim", "smartphone", "avast", "avg.com", "手机", "手機", "スマートフォン",
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
    "message original", "message initial", "mensaje original", "messaggio originale",
    "oryginalna wiadomość", "wiadomość oryginalna", "wiadomość pierwotna",
    "treść oryginalnej wiadomości", "mensagem original", "oorspronkelijk bericht",
    "origineel bericht", "ursprungligt meddelande", "originalmeddelande", "oprindelig meddelelse",
    "original meddelelse", "original besked", "oprindelig besked", "opprinnelig melding",
    "original melding", "alkuperäinen viesti", "alkuperäinen sähköposti", "původní zpráva",
    "původní e-mail", "orijinal ileti", "orijinal mesaj", "özgün ileti", "özgün mesaj", "asıl ileti",
    "原始邮件", "原始郵件", "邮件原件", "原始信息", "原始訊息", "元のメッセージ", "元のメール",
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

/// Pieces of legal notices; two of one language make one.
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

/// What mailing lists say in their footers.
pub(super) const LIST: &[&str] = &[
    "mailing list", "you received this message because", "to unsubscribe", "unsubscribe from",
    "чтобы отменить подписку", "вы получили это сообщение", "щоб скасувати підписку",
    "ви отримали це повідомлення",
];
