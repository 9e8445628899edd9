//! The known keys of service.toml.

use super::keys::{Key, Keys, Ref, Ty, opt, req};

/// Pictograms that the place page can draw.
pub(crate) const ICONS: &[&str] = &[
    "hall", "fire", "tent", "clock", "shop", "home", "road", "poster", "firework", "ticket", "paper",
];

/// Units of a period.
pub(crate) const PERIOD_UNITS: &[&str] = &["d", "wd", "w", "m"];

const ID: Key = req(
    "id",
    Ty::Id,
    "id = \"permit\"",
    "Name aus kleinen Buchstaben, Ziffern und _.",
);
const WHEN: Key = opt(
    "when",
    Ty::Rule,
    "when = \"regime == 'permit'\"",
    "Nur wenn die Regel zutrifft.",
);
const BASIS: Key = req(
    "legal_basis",
    Ty::Refs(Ref::LegalBasis),
    "legal_basis = [\"obg27\"]",
    "Namen aus [[legal_basis]].",
);

static EVENT: Keys = Keys {
    noun: "[event]",
    keys: &[
        opt(
            "date",
            Ty::Ref(Ref::DateAnswer),
            "date = \"event.date\"",
            "Frage nach dem Tag.",
        ),
        opt(
            "last_day",
            Ty::Ref(Ref::DateAnswer),
            "last_day = \"event.last_day\"",
            "Frage nach dem letzten von mehreren Tagen.",
        ),
        opt(
            "start",
            Ty::Ref(Ref::TimeAnswer),
            "start = \"event.start\"",
            "Frage nach dem Beginn.",
        ),
        opt(
            "end",
            Ty::Ref(Ref::TimeAnswer),
            "end = \"event.end\"",
            "Frage nach dem Ende.",
        ),
        opt(
            "place",
            Ty::Ref(Ref::Answer),
            "place = \"place.description\"",
            "Frage, die sagt, wo es ist.",
        ),
        opt(
            "cancel_until",
            Ty::Ref(Ref::Answer),
            "cancel_until = \"hire.cancel_until\"",
            "Frage, deren Antwort der letzte Tag ist, an dem Absagen nichts kostet.",
        ),
        req(
            "applicant",
            Ty::Ref(Ref::Answer),
            "applicant = \"club.name\"",
            "Frage, deren Antwort als „Von“ erscheint.",
        ),
    ],
    rest: None,
};

static BOOKING: Keys = Keys {
    noun: "[booking]",
    keys: &[
        req(
            "room",
            Ty::Ref(Ref::RoomAnswer),
            "room = \"hire.room\"",
            "Frage nach dem Raum.",
        ),
        req(
            "from",
            Ty::DateAndTime,
            "from = [\"event.date\", \"hire.setup_from\"]",
            "Tag und Zeit, ab wann.",
        ),
        req(
            "to",
            Ty::DateAndTime,
            "to = [\"event.date\", \"hire.clear_until\"]",
            "Tag und Zeit, bis wann.",
        ),
        opt(
            "tariff",
            Ty::Ref(Ref::Answer),
            "tariff = \"hire.tariff\"",
            "Frage nach der Tarifgruppe. Ordnet Wünsche nach Rang.",
        ),
    ],
    rest: None,
};

static LEGAL_BASIS: Keys = Keys {
    noun: "eine Rechtsgrundlage",
    keys: &[
        ID,
        req(
            "title",
            Ty::Text,
            "title = \"§ 12 Abs. 2 Thüringer Waldgesetz\"",
            "Paragraf und Gesetz.",
        ),
        opt(
            "url",
            Ty::Url,
            "url = \"https://landesrecht.thueringen.de/…\"",
            "Adresse des Gesetzestextes.",
        ),
        req(
            "status",
            Ty::Word(&["confirmed", "unconfirmed"]),
            "status = \"confirmed\"",
            "In einer Quelle gelesen oder noch offen.",
        ),
        opt(
            "note",
            Ty::Text,
            "note = \"Fassung ab 2025 nicht gelesen\"",
            "Was offen ist.",
        ),
    ],
    rest: None,
};

static PARAMETER: Keys = Keys {
    noun: "ein Parameter",
    keys: &[
        ID,
        req(
            "type",
            Ty::Word(&["number", "money", "one_of", "yes_no", "time", "text"]),
            "type = \"number\"",
            "Art des Wertes.",
        ),
        opt("unit", Ty::Unit, "unit = \"days\"", "Einheit."),
        req(
            "default",
            Ty::Scalar,
            "default = 14",
            "Wert, solange der Ort nichts festlegt.",
        ),
        opt("min", Ty::AnyInt, "min = 0", "Kleinster zulässiger Wert."),
        opt("max", Ty::AnyInt, "max = 60", "Größter zulässiger Wert."),
        opt(
            "options",
            Ty::Ids,
            "options = [\"permit\", \"notice\"]",
            "Möglichkeiten bei one_of.",
        ),
        BASIS,
    ],
    rest: None,
};

static FEE: Keys = Keys {
    noun: "eine Gebühr",
    keys: &[
        ID,
        WHEN,
        req(
            "cents",
            Ty::Rule,
            "cents = \"params.fee\"",
            "Regel, die den Betrag in Cent ergibt.",
        ),
        req(
            "kind",
            Ty::Word(&["fee", "price", "deposit"]),
            "kind = \"fee\"",
            "Gebühr, privates Entgelt oder Kaution.",
        ),
        BASIS,
    ],
    rest: None,
};

static DEADLINE: Keys = Keys {
    noun: "eine Frist",
    keys: &[
        req(
            "kind",
            Ty::Word(&["notice", "decision"]),
            "kind = \"notice\"",
            "Für die Anzeige oder für die Entscheidung.",
        ),
        req(
            "period",
            Ty::Period,
            "period = \"2w\"",
            "Länge: 10d, 3wd, 2w, 1m oder ein Parameter.",
        ),
        opt(
            "before",
            Ty::Ref(Ref::DateAnswer),
            "before = \"event.date\"",
            "Frage nach dem Tag, vor dem gezählt wird.",
        ),
        WHEN,
        opt(
            "legal_basis",
            Ty::Refs(Ref::LegalBasis),
            "legal_basis = [\"obg27\"]",
            "Namen aus [[legal_basis]].",
        ),
    ],
    rest: None,
};

/// `{ value = "params.x", unit = "d" }`
/// How long something is kept, and why.
pub(crate) static RETENTION: Keys = Keys {
    noun: "eine Aufbewahrung",
    keys: &[
        req("period", Ty::Keep, "period = \"5y\"", "Dauer aus Zahl und y, m oder d."),
        opt(
            "after",
            Ty::Word(&["closed", "event", "money"]),
            "after = \"event\"",
            "Gezählt ab dem Ende des Vorgangs, dem Termin oder dem Tag, an dem nichts mehr offen ist.",
        ),
        opt(
            "legal_basis",
            Ty::Refs(Ref::LegalBasis),
            "legal_basis = [\"obg26\"]",
            "Rechtsgrundlagen aus service.toml. Ohne sie ist die Dauer unbestätigt.",
        ),
        opt(
            "note",
            Ty::Text,
            "note = \"keine Vorschrift gefunden\"",
            "Was offen ist; nötig, wenn es keine Rechtsgrundlage gibt.",
        ),
    ],
    rest: None,
};

pub(crate) static PERIOD: Keys = Keys {
    noun: "eine Frist aus einem Parameter",
    keys: &[
        req(
            "value",
            Ty::Ref(Ref::NumberParam),
            "value = \"params.notice_days\"",
            "Parameter mit der Zahl.",
        ),
        req(
            "unit",
            Ty::Word(PERIOD_UNITS),
            "unit = \"d\"",
            "Tage, Werktage, Wochen oder Monate.",
        ),
    ],
    rest: None,
};

static ASSURANCE: Keys = Keys {
    noun: "ein Vertrauensniveau",
    keys: &[
        req(
            "level",
            Ty::Word(&["low", "substantial", "high"]),
            "level = \"substantial\"",
            "Wie sicher feststehen muss, wer sendet: niedrig, substanziell oder hoch.",
        ),
        BASIS,
    ],
    rest: None,
};

static CONDITION: Keys = Keys {
    noun: "eine Auflage",
    keys: &[ID, WHEN, opt("default", Ty::Bool, "default = true", "Schon angehakt.")],
    rest: None,
};

static PAPER: Keys = Keys {
    noun: "eine Unterlage",
    keys: &[
        req(
            "question",
            Ty::Ref(Ref::FileAnswer),
            "question = \"plan\"",
            "Frage nach der Datei.",
        ),
        WHEN,
    ],
    rest: None,
};

static CONSULT: Keys = Keys {
    noun: "eine Beteiligung",
    keys: &[
        req("who", Ty::Id, "who = \"local_authority\"", "Stelle, die gefragt wird."),
        WHEN,
        req(
            "fields",
            Ty::Refs(Ref::Answer),
            "fields = [\"event.date\"]",
            "Antworten, die hinausgehen, sonst nichts.",
        ),
    ],
    rest: None,
};

static SHOWN_RULE: Keys = Keys {
    noun: "eine gezeigte Regel",
    keys: &[
        ID,
        req(
            "origin",
            Ty::Word(&["law", "place", "free"]),
            "origin = \"law\"",
            "Recht des Landes, Recht des Ortes, oder: dafür ist nichts einzureichen.",
        ),
        WHEN,
    ],
    rest: None,
};

/// service.toml
pub(crate) static SERVICE: Keys = Keys {
    noun: "eine Leistung",
    keys: &[
        req(
            "id",
            Ty::Id,
            "id = \"brauchtumsfeuer\"",
            "Name der Leistung, gleich dem Ordner.",
        ),
        req("code", Ty::Code, "code = \"FEUER\"", "Mittelteil des Aktenzeichens."),
        req("icon", Ty::Word(ICONS), "icon = \"fire\"", "Bild auf der Ortsseite."),
        req("group", Ty::Id, "group = \"clubs\"", "Überschrift auf der Ortsseite."),
        req(
            "act",
            Ty::Word(&["notice", "application", "contract"]),
            "act = \"application\"",
            "Anzeige, Antrag oder Vertrag.",
        ),
        req(
            "responsibility",
            Ty::Ref(Ref::Responsibility),
            "responsibility = \"municipal\"",
            "Zuständigkeit aus regions/.",
        ),
        opt(
            "regime",
            Ty::Ref(Ref::RegimeParam),
            "regime = \"regime\"",
            "Parameter mit Erlaubnis, Anzeige oder nichts.",
        ),
        opt(
            "regime_expr",
            Ty::Rule,
            "regime_expr = \"params.large ? 'permit' : 'notice'\"",
            "Statt regime: Regel, die permit, notice oder none ergibt.",
        ),
        req(
            "retention",
            Ty::Retention,
            "retention = { period = \"5y\", note = \"keine Vorschrift gefunden\" }",
            "Aufbewahrung nach dem Ende des Vorgangs.",
        ),
        req(
            "event",
            Ty::Table(&EVENT),
            "[event]",
            "Welche Antworten die Übersicht füllen.",
        ),
        opt(
            "assurance",
            Ty::Table(&ASSURANCE),
            "[assurance]",
            "Nur wenn ein Gesetz verlangt, dass feststeht, wer sendet.",
        ),
        opt(
            "booking",
            Ty::Table(&BOOKING),
            "[booking]",
            "Nur wenn ein Raum belegt wird.",
        ),
        req(
            "legal_basis",
            Ty::Tables(&LEGAL_BASIS),
            "[[legal_basis]]",
            "Die Rechtsgrundlagen.",
        ),
        opt(
            "parameter",
            Ty::Tables(&PARAMETER),
            "[[parameter]]",
            "Was der Ort festlegen darf.",
        ),
        opt("fee", Ty::Tables(&FEE), "[[fee]]", "Gebühren, Entgelte, Kautionen."),
        opt("deadline", Ty::Tables(&DEADLINE), "[[deadline]]", "Fristen."),
        opt("condition", Ty::Tables(&CONDITION), "[[condition]]", "Auflagen."),
        opt("paper", Ty::Tables(&PAPER), "[[paper]]", "Unterlagen."),
        opt("consult", Ty::Tables(&CONSULT), "[[consult]]", "Wer beteiligt wird."),
        opt(
            "shown_rule",
            Ty::Tables(&SHOWN_RULE),
            "[[shown_rule]]",
            "Regeln auf der Startseite.",
        ),
    ],
    rest: None,
};
