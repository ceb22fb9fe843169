//! Subjects of vacation answers in the languages of the mail programs that write them, for those
//! that say so nowhere else.

use super::super::{Message, subject};

/// What such a subject starts with, lower case, by language.
///
/// The words of Exchange and Outlook, of the vacation programs of web mails, and what people type
/// into them. Words that goods and services go by too (`vacation`, `urlaub`, `отпуск`) are none.
const STARTS: &[(&str, &[&str])] = &[
    (
        "en",
        &[
            "automatic reply",
            "automatic response",
            "auto reply",
            "auto-reply",
            "autoreply",
            "auto response",
            "auto-response",
            "autoresponse",
            "automated reply",
            "automated response",
            "out of office",
            "out-of-office",
            "out of the office",
            "out of office autoreply",
            "out of office reply",
            "out of office notification",
            "out of office message",
            "i am out of office",
            "i am out of the office",
            "i'm out of the office",
            "ooo",
            "vacation reply",
            "vacation response",
            "vacation message",
            "away from my mail",
            "away from the office",
            "on vacation",
        ],
    ),
    (
        "ru",
        &[
            "автоответ",
            "автоматический ответ",
            "автоматическое уведомление",
            "автоответчик",
            "вне офиса",
            "нет в офисе",
            "нет на месте",
            "нет на рабочем месте",
            "меня нет в офисе",
            "отсутствие на рабочем месте",
            "отсутствие в офисе",
            "отсутствую на рабочем месте",
            "я в отпуске",
            "в отпуске",
        ],
    ),
    (
        "uk",
        &[
            "автоматична відповідь",
            "автовідповідь",
            "автовідповідач",
            "автоматичне повідомлення",
            "поза офісом",
            "немає в офісі",
            "мене немає в офісі",
            "немає на робочому місці",
            "відсутній на робочому місці",
            "відсутність на робочому місці",
            "я у відпустці",
            "у відпустці",
        ],
    ),
    (
        "de",
        &[
            "automatische antwort",
            "automatische rückmeldung",
            "automatische abwesenheitsnotiz",
            "abwesenheitsnotiz",
            "abwesenheitsmeldung",
            "abwesenheitsbenachrichtigung",
            "abwesenheitsassistent",
            "abwesend",
            "abwesenheit",
            "außer haus",
            "nicht im büro",
            "nicht im haus",
            "ich bin nicht im büro",
        ],
    ),
    (
        "fr",
        &[
            "réponse automatique",
            "reponse automatique",
            "réponse automatique d'absence",
            "absence du bureau",
            "absent du bureau",
            "absente du bureau",
            "absence de bureau",
            "message d'absence",
            "message automatique d'absence",
            "notification d'absence",
            "avis d'absence",
            "en dehors du bureau",
            "hors du bureau",
        ],
    ),
    (
        "es",
        &[
            "respuesta automática",
            "respuesta automatica",
            "autorespuesta",
            "fuera de la oficina",
            "fuera de oficina",
            "ausente de la oficina",
            "ausencia de la oficina",
            "aviso de ausencia",
            "mensaje de ausencia",
        ],
    ),
    (
        "it",
        &[
            "risposta automatica",
            "fuori sede",
            "fuori ufficio",
            "assente dall'ufficio",
            "assenza dall'ufficio",
            "avviso di assenza",
            "messaggio di assenza",
        ],
    ),
    (
        "pl",
        &[
            "odpowiedź automatyczna",
            "automatyczna odpowiedź",
            "autoodpowiedź",
            "autoresponder",
            "poza biurem",
            "nieobecność w biurze",
            "nieobecny w biurze",
            "nieobecna w biurze",
            "informacja o nieobecności",
            "powiadomienie o nieobecności",
        ],
    ),
    (
        "pt",
        &[
            "resposta automática",
            "resposta automatica",
            "fora do escritório",
            "fora do escritorio",
            "ausente do escritório",
            "ausência do escritório",
            "ausência temporária",
            "aviso de ausência",
            "mensagem de ausência",
        ],
    ),
    (
        "nl",
        &[
            "automatisch antwoord",
            "automatische reactie",
            "automatische beantwoording",
            "afwezigheidsbericht",
            "afwezigheidsmelding",
            "afwezigheidsassistent",
            "niet op kantoor",
            "niet aanwezig",
            "ik ben afwezig",
        ],
    ),
    (
        "sv",
        &[
            "automatiskt svar",
            "automatsvar",
            "autosvar",
            "frånvaromeddelande",
            "frånvaroassistent",
            "inte på kontoret",
            "ej på kontoret",
            "ej anträffbar",
        ],
    ),
    (
        "da",
        &[
            "automatisk svar",
            "autosvar",
            "fraværsmeddelelse",
            "fraværsbesked",
            "ikke til stede",
            "ikke på kontoret",
            "fraværende",
        ],
    ),
    (
        "nb",
        &[
            "automatisk svar",
            "autosvar",
            "fraværsmelding",
            "fraværsbeskjed",
            "fraværsassistent",
            "ikke på kontoret",
            "ikke til stede",
        ],
    ),
    (
        "fi",
        &[
            "automaattinen vastaus",
            "automaattivastaus",
            "poissaoloilmoitus",
            "poissaoloviesti",
            "poissa toimistosta",
            "poissa työpaikalta",
            "lomavastaus",
            "en ole toimistossa",
        ],
    ),
    (
        "cs",
        &[
            "automatická odpověď",
            "automatická odezva",
            "mimo kancelář",
            "jsem mimo kancelář",
            "nepřítomnost v kanceláři",
            "oznámení o nepřítomnosti",
            "nepřítomnost",
        ],
    ),
    (
        "tr",
        &[
            "otomatik yanıt",
            "otomatik cevap",
            "ofis dışında",
            "ofis dışındayım",
            "ofiste değilim",
            "işyeri dışında",
        ],
    ),
    (
        "zh",
        &[
            "自动回复",
            "自动答复",
            "自動回覆",
            "自動回復",
            "外出自动回复",
            "外出时的自动答复",
            "休假自动回复",
            "不在办公室",
            "不在辦公室",
            "外出通知",
        ],
    ),
    (
        "ja",
        &[
            "自動応答",
            "自動返信",
            "自動回答",
            "不在通知",
            "不在のお知らせ",
            "不在連絡",
            "外出中",
            "休暇中",
        ],
    ),
];

/// What a question about such answers has in it behind the colon, and a vacation does not.
const QUESTIONS: &[&str] = &[
    "?",
    "？",
    "не ",
    "ошибк",
    "проблем",
    "помилк",
    "как ",
    "як ",
    "помогите",
    "допоможіть",
    "not ",
    "n't ",
    "error",
    "problem",
    "broken",
    "wrong",
    "fails",
    "how ",
    "help",
    "nicht ",
    "fehler",
    "erreur",
    "marche pas",
    "nie działa",
    "no funciona",
    "non funziona",
    "não funciona",
    "werkt niet",
];

/// The beginning of a vacation subject, if this is one.
///
/// The words stand alone, or a colon, a bracket or a dash follows: "automatic reply does not work"
/// is a question. So is "automatic reply: does not work" when it answers nothing: what a machine
/// puts behind its colon is the subject of the mail that it answers.
pub(super) fn start_of(message: &Message) -> Option<&'static str> {
    // an answer to such a mail is a person's
    if subject::has_mark(&message.subject) {
        return None;
    }
    let lower = lower(&message.subject);
    let bare = lower.trim_start_matches(['[', '(', '【', '*', '"', '«', '“', ' ']);
    let (found, rest) = STARTS
        .iter()
        .flat_map(|(_, words)| words.iter())
        .filter_map(|words| Some((*words, ended(bare.strip_prefix(words)?)?)))
        .max_by_key(|(words, _)| words.len())?;
    let answers = !message.in_reply_to.is_empty()
        || !message.references.is_empty()
        || subject::has_mark(rest)
        || subject::ticket_tag(rest).is_some();
    let asks = QUESTIONS.iter().any(|word| rest.contains(word));
    (answers || !asks).then_some(found)
}

/// What follows the words, where they end there.
fn ended(rest: &str) -> Option<&str> {
    let rest = rest.trim_start_matches([']', ')', '】', '"', '»', '”', '*', '!', '.']);
    let marked = rest.trim_start();
    let is_end = marked.is_empty()
        || marked.starts_with([':', '：', '(', '[', '（'])
        || ["- ", "– ", "— "]
            .iter()
            .any(|dash| rest.starts_with(' ') && marked.starts_with(dash));
    is_end.then(|| marked.trim_start_matches([':', '：', '-', '–', '—', ' ']))
}

/// Lower case, without the dot that a Turkish capital I leaves behind, apostrophes alike.
fn lower(subject: &str) -> String {
    let lower = subject.trim().to_lowercase();
    lower.replace('\u{307}', "").replace('’', "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::{Kind, auto};

    fn is_vacation(subject: &str) -> bool {
        let message = Message {
            subject: subject.to_owned(),
            ..Message::default()
        };
        auto::kind(&message, auto::Structure::default()).0 == Kind::AutoReply
    }

    #[test]
    fn vacations_of_eighteen_languages() {
        let cases = [
            ("en", "Automatic reply: Your order"),
            ("en", "Out of Office (Re: [#12] Your order)"),
            ("en", "Out of office AutoReply: Re: prices"),
            ("en", "I’m out of the office"),
            ("ru", "Автоматический ответ: Re: [#5] Не работает импорт"),
            ("ru", "Автоответ"),
            ("ru", "Меня нет в офисе"),
            ("uk", "Автоматична відповідь: Ціни"),
            ("uk", "Немає на робочому місці"),
            ("de", "Automatische Antwort: Bestellung"),
            ("de", "Abwesenheitsnotiz: Urlaub bis 5. Mai"),
            ("fr", "Réponse automatique : Commande"),
            ("fr", "Absence du bureau"),
            ("es", "Respuesta automática: Pedido"),
            ("es", "Fuera de la oficina"),
            ("it", "Risposta automatica: Ordine"),
            ("it", "Assente dall’ufficio"),
            ("pl", "Odpowiedź automatyczna: Zamówienie"),
            ("pl", "Poza biurem"),
            ("pt", "Resposta automática: Pedido"),
            ("pt", "Fora do escritório"),
            ("nl", "Automatisch antwoord: Bestelling"),
            ("nl", "Afwezigheidsbericht"),
            ("sv", "Automatiskt svar: Beställning"),
            ("sv", "Frånvaromeddelande"),
            ("da", "Automatisk svar: Bestilling"),
            ("da", "Ikke til stede"),
            ("nb", "Automatisk svar: Bestilling"),
            ("nb", "Fraværsmelding"),
            ("fi", "Automaattinen vastaus: Tilaus"),
            ("fi", "Poissaoloilmoitus"),
            ("cs", "Automatická odpověď: Objednávka"),
            ("cs", "Mimo kancelář"),
            ("tr", "Otomatik Yanıt: Sipariş"),
            ("tr", "İşyeri Dışında"),
            ("zh", "自动回复: 订单"),
            ("zh", "自動回覆：訂單"),
            ("zh", "不在办公室"),
            ("ja", "自動応答: ご注文"),
            ("ja", "【自動返信】"),
            ("ja", "不在のお知らせ"),
        ];
        let mut languages: Vec<&str> = cases.iter().map(|(language, _)| *language).collect();
        languages.dedup();
        assert_eq!(languages.len(), 18);
        assert_eq!(languages.len(), STARTS.len());
        for (language, subject) in cases {
            assert!(is_vacation(subject), "{language}: {subject}");
        }
    }

    #[test]
    fn questions_about_them_are_questions() {
        for subject in [
            "Automatic reply does not work",
            "Automatic reply: does not work for my customers",
            "Out of office hours prices wrong",
            "Out of office: how do I switch it on",
            "Out of office – is it possible?",
            "Re: Automatic reply: I am away",
            "AW: Automatische Antwort: Bestellung",
            "Автоответ не отправляется клиентам",
            "Автоответ: не отправляется клиентам",
            "Автоматична відповідь: помилка",
            "Нет на месте кнопки импорта",
            "В отпуске менеджер не отвечает",
            "Abwesenheitsnotiz einrichten",
            "Réponse automatique ne marche pas",
            "Poza biurem nie ma dostępu",
            "自动回复功能不工作",
            "Vacation: booking for two",
            "ooops",
        ] {
            assert!(!is_vacation(subject), "{subject}");
        }
    }

    #[test]
    fn an_echo_of_a_question_is_a_machine() {
        for subject in [
            "Automatic reply: Re: prices are not right?",
            "Автоответ: [#7] Импорт не работает",
        ] {
            assert!(is_vacation(subject), "{subject}");
        }
        let mut message = Message {
            subject: "Автоответ: Импорт не работает".to_owned(),
            ..Message::default()
        };
        assert_eq!(start_of(&message), None);
        message.in_reply_to.push("md.x@example.com".to_owned());
        assert_eq!(start_of(&message), Some("автоответ"));
    }
}
