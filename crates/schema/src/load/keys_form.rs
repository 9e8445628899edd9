//! The known keys of form.toml and fields/*.toml: pages, questions of every type, rules, exits, checks.

use super::keys::{Key, Keys, KindKeys, Kinds, Ref, Ty, opt, req};

/// Types a computed question can result in.
const RESULTS: &[&str] = &["number", "money", "text", "yes_no", "date"];
/// Kinds of paper a file question takes.
const PAPERS: &[&str] = &["pdf", "jpg", "png"];

const WHEN: Key = opt(
    "when",
    Ty::Rule,
    "when = \"answers.event.public == true\"",
    "Nur wenn die Regel zutrifft.",
);
const REVEAL: Key = opt(
    "reveal",
    Ty::Bool,
    "reveal = true",
    "Erscheint auf derselben Seite, sobald die Antwort davor es verlangt.",
);
const OPTIONAL: Key = opt("optional", Ty::Bool, "optional = true", "Darf leer bleiben.");
const OPEN: Key = opt(
    "may_stay_open",
    Ty::Bool,
    "may_stay_open = true",
    "Bietet „Weiß ich noch nicht“ an.",
);
const PERSONAL: Key = opt(
    "personal",
    Ty::Bool,
    "personal = true",
    "Angabe über eine Person: wird zuerst gelöscht.",
);
const RETENTION: Key = opt(
    "retention",
    Ty::Retention,
    "retention = { period = \"1d\", after = \"event\", note = \"Vorschlag\" }",
    "Geht früher als der Vorgang: wie lange und ab wann.",
);
const SAMPLE: Key = opt(
    "sample",
    Ty::List,
    "sample = [120, 250]",
    "Gültige Beispielwerte für Proben.",
);
const BASIS: Key = opt(
    "legal_basis",
    Ty::Refs(Ref::LegalBasis),
    "legal_basis = [\"thuerwaldg12\"]",
    "Rechtsgrundlagen aus service.toml, die am Hinweis stehen.",
);
const QUESTION_ID: Key = req(
    "id",
    Ty::Path,
    "id = \"fire.height\"",
    "Name der Antwort: Feld und Angabe, bei Gruppen und Dateien ein Teil.",
);
const PART_ID: Key = req("id", Ty::Id, "id = \"name\"", "Name der Angabe in der Gruppe.");

const MIN: Key = opt(
    "min",
    Ty::Bound,
    "min = \"law.forest_distance\"",
    "Kleinster Wert: Zahl, law.… oder params.…",
);
const MAX: Key = opt(
    "max",
    Ty::Bound,
    "max = 5000",
    "Größter Wert: Zahl, law.… oder params.…",
);
const MIN_LENGTH: Key = opt("min_length", Ty::Int(1), "min_length = 3", "Kleinste Zahl der Zeichen.");
const MAX_LENGTH: Key = opt("max_length", Ty::Int(1), "max_length = 120", "Größte Zahl der Zeichen.");
const MIN_DAY: Key = opt("min", Ty::DateBound, "min = \"today\"", "Frühester Tag.");
const MAX_DAY: Key = opt("max", Ty::DateBound, "max = \"today+730d\"", "Spätester Tag.");
const MIN_ITEMS: Key = opt("min_items", Ty::Int(0), "min_items = 1", "Kleinste Zahl der Einträge.");
const MAX_ITEMS: Key = opt("max_items", Ty::Int(1), "max_items = 5", "Größte Zahl der Einträge.");
const OPTIONS: Key = opt(
    "options",
    Ty::Ids,
    "options = [\"indoors\", \"outdoors\"]",
    "Namen der Möglichkeiten.",
);
const OPTIONS_FROM: Key = opt(
    "options_from",
    Ty::Word(&["rooms"]),
    "options_from = \"rooms\"",
    "Die Möglichkeiten sind die Räume des Ortes.",
);

const fn kind(name: &'static str, doc: &'static str, keys: &'static [Key]) -> KindKeys {
    KindKeys { name, doc, keys }
}

static SIMPLE: [KindKeys; 17] = [
    kind(
        "text",
        "Eine Zeile Text.",
        &[
            MIN_LENGTH,
            MAX_LENGTH,
            opt(
                "pattern",
                Ty::Text,
                "pattern = '^VR [0-9]+$'",
                "Muster, dem der ganze Text folgt.",
            ),
        ],
    ),
    kind("long_text", "Mehrere Zeilen Text.", &[MIN_LENGTH, MAX_LENGTH]),
    kind(
        "number",
        "Eine ganze Zahl.",
        &[
            MIN,
            MAX,
            opt("unit", Ty::Unit, "unit = \"m\"", "Einheit hinter dem Feld."),
        ],
    ),
    kind("money", "Ein Betrag in Cent.", &[MIN, MAX]),
    kind("date", "Ein Tag.", &[MIN_DAY, MAX_DAY]),
    kind(
        "time",
        "Eine Uhrzeit.",
        &[
            opt("min", Ty::Time, "min = \"06:00\"", "Früheste Uhrzeit."),
            opt("max", Ty::Time, "max = \"22:00\"", "Späteste Uhrzeit."),
        ],
    ),
    kind("date_range", "Ein Zeitraum von Tagen.", &[MIN_DAY, MAX_DAY]),
    kind("yes_no", "Ja oder nein.", &[]),
    kind("one_of", "Genau eine Möglichkeit.", &[OPTIONS, OPTIONS_FROM]),
    kind(
        "many_of",
        "Mehrere Möglichkeiten.",
        &[OPTIONS, OPTIONS_FROM, MIN_ITEMS, MAX_ITEMS],
    ),
    kind("address", "Straße, Hausnummer, Postleitzahl, Ort.", &[]),
    kind("map_point", "Ein Punkt im Ort.", &[]),
    kind("iban", "Eine IBAN.", &[]),
    kind("email", "Eine E-Mail-Adresse.", &[]),
    kind("phone", "Eine Telefonnummer.", &[]),
    kind(
        "file",
        "Eine Datei.",
        &[
            opt(
                "accept",
                Ty::Words(PAPERS),
                "accept = [\"pdf\", \"jpg\"]",
                "Erlaubte Arten von Dateien.",
            ),
            opt("max_mb", Ty::Int(1), "max_mb = 10", "Größte Datei in Megabyte."),
        ],
    ),
    kind(
        "computed",
        "Wird ausgerechnet, nie gefragt.",
        &[
            req(
                "value",
                Ty::Rule,
                "value = \"answers.event.guests * 2\"",
                "Regel, die den Wert ergibt.",
            ),
            req("result", Ty::Word(RESULTS), "result = \"number\"", "Art des Wertes."),
            opt("unit", Ty::Unit, "unit = \"days\"", "Einheit hinter einer Zahl."),
            opt(
                "hidden",
                Ty::Bool,
                "hidden = true",
                "Nur für Regeln und Sätze: steht nirgends unter den Angaben.",
            ),
        ],
    ),
];

static GROUP: [KindKeys; 1] = [KindKeys {
    name: "group",
    doc: "Eine Gruppe von Angaben, die sich wiederholt.",
    keys: &[
        MIN_ITEMS,
        MAX_ITEMS,
        req(
            "part",
            Ty::TypedList(&PART),
            "[[page.question.part]]",
            "Die Angaben jedes Eintrags.",
        ),
    ],
}];

/// A question of a page.
pub(crate) static QUESTION: Kinds = Kinds {
    noun: "eine Frage",
    common: &[
        QUESTION_ID,
        OPTIONAL,
        OPEN,
        PERSONAL,
        RETENTION,
        WHEN,
        REVEAL,
        BASIS,
        SAMPLE,
    ],
    kinds: &[&SIMPLE, &GROUP],
    reuse: &[
        req(
            "field",
            Ty::Ref(Ref::Field),
            "field = \"event.date\"",
            "Ein wiederverwendbares Feld aus fields/.",
        ),
        OPTIONAL,
        OPEN,
        RETENTION,
        WHEN,
        REVEAL,
        BASIS,
    ],
};

/// A part of a group.
pub(crate) static PART: Kinds = Kinds {
    noun: "ein Teil einer Gruppe",
    common: &[PART_ID, OPTIONAL, PERSONAL, SAMPLE],
    kinds: &[&SIMPLE],
    reuse: &[],
};

/// A reusable field.
pub(crate) static FIELD: Kinds = Kinds {
    noun: "ein Feld",
    common: &[OPTIONAL, OPEN, PERSONAL, RETENTION, SAMPLE],
    kinds: &[&SIMPLE],
    reuse: &[],
};

/// fields/<name>.toml
pub(crate) static FIELDS: Keys = Keys {
    noun: "eine Felddatei",
    keys: &[],
    rest: Some(&Ty::Typed(&FIELD)),
};

static PAGE: Keys = Keys {
    noun: "eine Seite",
    keys: &[
        req("id", Ty::Id, "id = \"place\"", "Name der Seite."),
        WHEN,
        req(
            "question",
            Ty::TypedList(&QUESTION),
            "[[page.question]]",
            "Die Fragen der Seite in ihrer Reihenfolge.",
        ),
    ],
    rest: None,
};

const RULE_ID: Key = req(
    "id",
    Ty::Id,
    "id = \"end_after_start\"",
    "Name; der Text dazu steht unter diesem Namen.",
);
const MUST: Key = req(
    "must",
    Ty::Rule,
    "must = \"answers.event.end > answers.event.start\"",
    "Muss zutreffen, sonst Fehler oder Hinweis.",
);

static RULE: Keys = Keys {
    noun: "eine Regel",
    keys: &[
        RULE_ID,
        req(
            "field",
            Ty::Ref(Ref::Answer),
            "field = \"event.end\"",
            "Frage, an der der Fehler steht.",
        ),
        WHEN,
        MUST,
    ],
    rest: None,
};

static EXIT: Keys = Keys {
    noun: "ein Ausgang",
    keys: &[
        RULE_ID,
        req(
            "after",
            Ty::Ref(Ref::Page),
            "after = \"kind\"",
            "Seite, nach der geprüft wird.",
        ),
        req(
            "when",
            Ty::Rule,
            "when = \"answers.closing.where == 'indoors'\"",
            "Führt hinaus, wenn die Regel zutrifft.",
        ),
        req(
            "kind",
            Ty::Word(&["nothing_needed", "not_entitled", "elsewhere"]),
            "kind = \"nothing_needed\"",
            "Nichts nötig, nicht berechtigt oder anderswo.",
        ),
        req(
            "legal_basis",
            Ty::Refs(Ref::LegalBasis),
            "legal_basis = [\"thuergastg5\"]",
            "Rechtsgrundlagen aus service.toml.",
        ),
        opt(
            "to",
            Ty::Ref(Ref::Service),
            "to = \"veranstaltungsanzeige\"",
            "Leistung, mit der es weitergeht.",
        ),
    ],
    rest: None,
};

static CHECK: Keys = Keys {
    noun: "eine Prüfung",
    keys: &[
        RULE_ID,
        opt(
            "field",
            Ty::Ref(Ref::Answer),
            "field = \"fire.height\"",
            "Frage, zu der die Prüfung gehört.",
        ),
        WHEN,
        MUST,
        req(
            "legal_basis",
            Ty::Refs(Ref::LegalBasis),
            "legal_basis = [\"thuerwaldg12\"]",
            "Rechtsgrundlagen aus service.toml.",
        ),
    ],
    rest: None,
};

/// form.toml
pub(crate) static FORM: Keys = Keys {
    noun: "ein Formular",
    keys: &[
        req(
            "page",
            Ty::Tables(&PAGE),
            "[[page]]",
            "Die Seiten in ihrer Reihenfolge.",
        ),
        opt("rule", Ty::Tables(&RULE), "[[rule]]", "Regeln über mehrere Antworten."),
        opt("exit", Ty::Tables(&EXIT), "[[exit]]", "Ausgänge aus dem Formular."),
        opt("check", Ty::Tables(&CHECK), "[[check]]", "Prüfungen für das Amt."),
    ],
    rest: None,
};
