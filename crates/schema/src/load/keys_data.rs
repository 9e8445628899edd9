//! The known keys of examples/*.toml and of the files of a region.

use super::keys::{Key, Keys, Ty, opt, req};

static PARAMS: Keys = Keys {
    noun: "[params]",
    keys: &[],
    rest: Some(&Ty::Scalar),
};
static CHECKS: Keys = Keys {
    noun: "checks",
    keys: &[],
    rest: Some(&Ty::Word(&["ok", "look", "absent"])),
};

static EXPECT_DEADLINE: Keys = Keys {
    noun: "eine erwartete Frist",
    keys: &[
        req(
            "kind",
            Ty::Word(&["notice", "decision"]),
            "kind = \"notice\"",
            "Art der Frist.",
        ),
        req("last_day", Ty::Date, "last_day = \"2026-12-29\"", "Letzter Tag."),
        opt("late_by", Ty::Int(0), "late_by = 0", "Tage zu spät."),
    ],
    rest: None,
};

static EXPECT: Keys = Keys {
    noun: "[expect]",
    keys: &[
        req(
            "outcome",
            Ty::Word(&["accepted", "errors", "exit"]),
            "outcome = \"accepted\"",
            "Was herauskommt.",
        ),
        opt(
            "errors",
            Ty::List,
            "errors = [\"fire.forest_distance\"]",
            "Fragen mit Fehlern.",
        ),
        opt("exit", Ty::Id, "exit = \"indoors\"", "Name des Ausgangs."),
        opt(
            "regime",
            Ty::Word(&["permit", "notice", "none"]),
            "regime = \"notice\"",
            "Erlaubnis, Anzeige oder nichts.",
        ),
        opt(
            "fee_cents",
            Ty::Int(0),
            "fee_cents = 2500",
            "Summe der Gebühren in Cent.",
        ),
        opt(
            "checks",
            Ty::Table(&CHECKS),
            "checks = { forest = \"ok\" }",
            "Ergebnis der Prüfungen.",
        ),
        opt(
            "deadline",
            Ty::Tables(&EXPECT_DEADLINE),
            "[[expect.deadline]]",
            "Fristen.",
        ),
    ],
    rest: None,
};

static TARIFF: Keys = Keys {
    noun: "ein Tarif",
    keys: &[
        opt("day", Ty::Int(0), "day = 6000", "Preis je Tag in Cent."),
        opt("hour", Ty::Int(0), "hour = 500", "Preis je Stunde in Cent."),
        opt("deposit", Ty::Int(0), "deposit = 15000", "Kaution in Cent."),
    ],
    rest: None,
};

static TARIFFS: Keys = Keys {
    noun: "[rooms.tariff]",
    keys: &[
        opt(
            "own",
            Ty::Table(&TARIFF),
            "[rooms.tariff.own]",
            "Gemeinde und ihre Einrichtungen.",
        ),
        opt(
            "local_club",
            Ty::Table(&TARIFF),
            "[rooms.tariff.local_club]",
            "Vereine des Ortes.",
        ),
        opt(
            "resident",
            Ty::Table(&TARIFF),
            "[rooms.tariff.resident]",
            "Einwohnerinnen und Einwohner.",
        ),
        opt("outsider", Ty::Table(&TARIFF), "[rooms.tariff.outsider]", "Auswärtige."),
        opt(
            "commercial",
            Ty::Table(&TARIFF),
            "[rooms.tariff.commercial]",
            "Gewerbe.",
        ),
    ],
    rest: None,
};

static ROOM: Keys = Keys {
    noun: "ein Raum",
    keys: &[
        req("id", Ty::Id, "id = \"saal\"", "Name des Raums in Regeln."),
        req("name", Ty::Text, "name = \"Saal\"", "Wie der Raum heißt."),
        opt(
            "persons",
            Ty::Int(0),
            "persons = 120",
            "Zugelassene Personen, 0 ohne Grenze.",
        ),
        opt("seats", Ty::Int(0), "seats = 100", "Sitzplätze."),
        opt("kitchen", Ty::Bool, "kitchen = true", "Hat eine Küche."),
        opt(
            "statute",
            Ty::Bool,
            "statute = false",
            "Gebühr nach Satzung statt privatem Entgelt.",
        ),
        opt(
            "heating_day",
            Ty::Int(0),
            "heating_day = 2500",
            "Heizung je Tag in Cent.",
        ),
        opt(
            "heating_months",
            Ty::List,
            "heating_months = [10, 11, 12]",
            "Monate der Heizzeit.",
        ),
        opt("cleaning", Ty::Int(0), "cleaning = 4000", "Reinigung in Cent."),
        opt(
            "tariff",
            Ty::Table(&TARIFFS),
            "[rooms.tariff.local_club]",
            "Preise je Gruppe.",
        ),
    ],
    rest: None,
};

/// services/<id>/examples/*.toml
pub(crate) static EXAMPLE: Keys = Keys {
    noun: "ein Beispiel",
    keys: &[
        req(
            "title",
            Ty::Text,
            "title = \"Osterfeuer, alles in Ordnung\"",
            "Was das Beispiel zeigt.",
        ),
        req("today", Ty::Date, "today = \"2026-11-24\"", "Tag des Antrags."),
        req("place", Ty::Ags, "place = \"16077036\"", "AGS des Ortes."),
        opt(
            "params",
            Ty::Table(&PARAMS),
            "[params]",
            "Festlegungen des Ortes für dieses Beispiel.",
        ),
        opt(
            "rooms",
            Ty::Tables(&ROOM),
            "[[rooms]]",
            "Räume des Ortes in diesem Beispiel.",
        ),
        req("answers", Ty::Free, "[answers.club]", "Die Antworten."),
        req("expect", Ty::Table(&EXPECT), "[expect]", "Was herauskommen muss."),
    ],
    rest: None,
};

const STATUS: Key = req(
    "status",
    Ty::Word(&["confirmed", "unconfirmed"]),
    "status = \"confirmed\"",
    "In einer Quelle gelesen oder offen.",
);
const SOURCE_OF_LAW: Key = req(
    "legal_basis",
    Ty::Text,
    "legal_basis = \"§ 12 Abs. 2 ThürWaldG\"",
    "Quelle: Paragraf und Gesetz.",
);
const NOTE: Key = opt(
    "note",
    Ty::Text,
    "note = \"neue Fassung nicht gelesen\"",
    "Was offen ist.",
);

static LAW_FIGURE: Keys = Keys {
    noun: "eine Zahl des Rechts",
    keys: &[
        req("value", Ty::Scalar, "value = 100", "Der Wert."),
        opt("unit", Ty::Unit, "unit = \"m\"", "Einheit."),
        SOURCE_OF_LAW,
        STATUS,
        NOTE,
    ],
    rest: None,
};

/// regions/<id>/law.toml
pub(crate) static LAW: Keys = Keys {
    noun: "law.toml",
    keys: &[],
    rest: Some(&Ty::Table(&LAW_FIGURE)),
};

/// How long something is kept that is no case.
const fn period(name: &'static str, example: &'static str, doc: &'static str) -> Key {
    req(name, Ty::Table(&LAW_FIGURE), example, doc)
}

/// regions/<id>/periods.toml
pub(crate) static PERIODS: Keys = Keys {
    noun: "periods.toml",
    keys: &[
        period("mail_sent", "[mail_sent]", "Verschickte E-Mails."),
        period("mail_lost", "[mail_lost]", "Nicht verschickte und aufgegebene E-Mails."),
        period("feedback", "[feedback]", "Meldungen zu den Seiten."),
        period("sign_up", "[sign_up]", "Anmeldungen von Ämtern beim Kompetenzzentrum."),
        period("question_of_others", "[question_of_others]", "Fragen anderer Ämter."),
        period("invitation", "[invitation]", "Einladungen in ein Konto."),
        period("member_left", "[member_left]", "Wer aus einem Konto ausgeschieden ist."),
        period("account_unused", "[account_unused]", "Konten, die niemand benutzt."),
        period(
            "account_warning",
            "[account_warning]",
            "Nachricht vor dem Löschen eines Kontos.",
        ),
        period(
            "set_aside",
            "[set_aside]",
            "Stände, die das Zurückspielen beiseite legt.",
        ),
    ],
    rest: None,
};

const DAY_ID: Key = req("id", Ty::Id, "id = \"unity_day\"", "Name des Tages.");
const DAY_NAME: Key = req(
    "name",
    Ty::Text,
    "name = \"Tag der Deutschen Einheit\"",
    "Wie der Tag heißt.",
);
const FIXED: Key = opt("fixed", Ty::MonthDay, "fixed = \"10-03\"", "Monat und Tag.");
const EASTER: Key = opt("easter", Ty::AnyInt, "easter = -2", "Tage nach dem Ostersonntag.");
const ADVENT: Key = opt("advent", Ty::AnyInt, "advent = -7", "Tage nach dem 1. Advent.");
const SINCE_YEAR: Key = opt("since", Ty::Int(1), "since = 2019", "Erstes Jahr.");
const ONLY: Key = opt(
    "only",
    Ty::AgsStarts,
    "only = [\"16061\"]",
    "Nur in Orten mit diesem AGS oder Anfang.",
);

static HOLIDAY: Keys = Keys {
    noun: "ein Feiertag",
    keys: &[
        DAY_ID,
        DAY_NAME,
        FIXED,
        EASTER,
        ADVENT,
        SINCE_YEAR,
        ONLY,
        SOURCE_OF_LAW,
        NOTE,
    ],
    rest: None,
};

static QUIET_DAY: Keys = Keys {
    noun: "ein stiller Tag",
    keys: &[
        DAY_ID,
        DAY_NAME,
        FIXED,
        EASTER,
        ADVENT,
        SINCE_YEAR,
        ONLY,
        req("hours", Ty::Hours, "hours = [0, 24]", "Von und bis Stunde."),
        SOURCE_OF_LAW,
        NOTE,
    ],
    rest: None,
};

/// regions/<id>/holidays.toml
pub(crate) static HOLIDAYS: Keys = Keys {
    noun: "holidays.toml",
    keys: &[req(
        "day",
        Ty::Tables(&HOLIDAY),
        "[[day]]",
        "Die gesetzlichen Feiertage.",
    )],
    rest: None,
};

/// regions/<id>/quiet_days.toml
pub(crate) static QUIET_DAYS: Keys = Keys {
    noun: "quiet_days.toml",
    keys: &[req("day", Ty::Tables(&QUIET_DAY), "[[day]]", "Die stillen Tage.")],
    rest: None,
};

static OWN_OFFICE: Keys = Keys {
    noun: "ein eigenes Amt",
    keys: &[
        req("ags", Ty::Ags, "ags = \"16077001\"", "AGS der Stadt."),
        req("name", Ty::Text, "name = \"Altenburg\"", "Name der Stadt."),
        opt("since", Ty::Date, "since = \"1990-05-17\"", "Seit wann."),
        req(
            "source",
            Ty::Text,
            "source = \"altenburg.eu: Gewerbewesen\"",
            "Woher die Angabe stammt.",
        ),
        STATUS,
        NOTE,
    ],
    rest: None,
};

static RESPONSIBILITY: Keys = Keys {
    noun: "eine Zuständigkeit",
    keys: &[
        req(
            "level",
            Ty::Word(&["municipality", "district"]),
            "level = \"district\"",
            "Wer entscheidet.",
        ),
        opt(
            "consult_local",
            Ty::Bool,
            "consult_local = true",
            "Die örtliche Behörde wird beteiligt.",
        ),
        SOURCE_OF_LAW,
        NOTE,
        opt(
            "own_office",
            Ty::Tables(&OWN_OFFICE),
            "[[trade.own_office]]",
            "Städte mit eigenem Amt.",
        ),
    ],
    rest: None,
};

/// regions/<id>/responsibilities.toml
pub(crate) static RESPONSIBILITIES: Keys = Keys {
    noun: "responsibilities.toml",
    keys: &[],
    rest: Some(&Ty::Table(&RESPONSIBILITY)),
};
