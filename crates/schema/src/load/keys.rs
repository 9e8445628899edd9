//! How known keys are described. The walker, the missing-key and wrong-type messages and the editor schema all
//! come from these tables, so that a key is declared once. The tables themselves: `keys_form`, `keys_service`,
//! `keys_data`.

/// The keys of one kind of table.
#[derive(Debug)]
pub(crate) struct Keys {
    /// With article, nominative: `eine Gebühr`.
    pub noun: &'static str,
    pub keys: &'static [Key],
    /// What free ids may hold, for tables such as `law.toml` whose keys are names.
    pub rest: Option<&'static Ty>,
}

/// One known key.
#[derive(Debug)]
pub(crate) struct Key {
    pub name: &'static str,
    pub ty: Ty,
    pub required: bool,
    /// A right value as TOML.
    pub example: &'static str,
    /// One German sentence for the author's editor.
    pub doc: &'static str,
}

/// A key that must be there.
pub(crate) const fn req(name: &'static str, ty: Ty, example: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        ty,
        required: true,
        example,
        doc,
    }
}

/// A key that may be left out.
pub(crate) const fn opt(name: &'static str, ty: Ty, example: &'static str, doc: &'static str) -> Key {
    Key {
        name,
        ty,
        required: false,
        example,
        doc,
    }
}

/// Tables whose keys depend on their `type`: questions, parts of groups, reusable fields.
#[derive(Debug)]
pub(crate) struct Kinds {
    pub noun: &'static str,
    /// Keys that every type knows, `type` itself left out.
    pub common: &'static [Key],
    pub kinds: &'static [&'static [KindKeys]],
    /// Keys if the table says `field = "…"` instead of `type`.
    pub reuse: &'static [Key],
}

impl Kinds {
    /// Every type.
    pub fn all(&self) -> impl Iterator<Item = &'static KindKeys> {
        self.kinds.iter().copied().flatten()
    }
}

#[derive(Debug)]
pub(crate) struct KindKeys {
    pub name: &'static str,
    pub doc: &'static str,
    pub keys: &'static [Key],
}

/// What a value may be.
#[derive(Debug)]
pub(crate) enum Ty {
    /// Any text that is not empty.
    Text,
    /// `snake_case`, ASCII.
    Id,
    Ids,
    /// A question's id: `fire.height`, or one part.
    Path,
    /// Letters A–Z.
    Code,
    /// A whole number not below the given one.
    Int(i64),
    /// Any whole number, also below zero.
    AnyInt,
    Bool,
    Word(&'static [&'static str]),
    Words(&'static [&'static str]),
    /// One of the units that have words, or a sign such as `m²`.
    Unit,
    /// `"2027-01-09"`
    Date,
    /// `"17:00"`, up to `"24:00"`
    Time,
    /// `"10-03"`
    MonthDay,
    /// Eight digits.
    Ags,
    /// AGS or the beginning of one.
    AgsStarts,
    /// Two hours of a day.
    Hours,
    /// `"5y"`, `"6m"`, `"30d"`
    Keep,
    /// The same, or a table with period, beginning and reason.
    Retention,
    /// `"2w"` or `{ value = "params.x", unit = "d" }`
    Period,
    /// A number, `"law.x"` or `"params.x"`
    Bound,
    /// `"today"`, `"today+30d"` or a date
    DateBound,
    /// A CEL expression.
    Rule,
    Url,
    /// Any value but a table.
    Scalar,
    /// A list of anything.
    List,
    /// A table of anything: answers.
    Free,
    Ref(Ref),
    Refs(Ref),
    /// Two question ids: a date and a time.
    DateAndTime,
    Table(&'static Keys),
    Tables(&'static Keys),
    Typed(&'static Kinds),
    TypedList(&'static Kinds),
}

/// What a name points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ref {
    LegalBasis,
    Answer,
    DateAnswer,
    TimeAnswer,
    FileAnswer,
    RoomAnswer,
    Page,
    NumberParam,
    RegimeParam,
    Law,
    Service,
    Responsibility,
    Field,
}

impl Ty {
    /// What the value must be, after "muss … sein".
    pub fn expected(&self) -> String {
        let fixed = match self {
            Ty::Text => "ein Text",
            Ty::Id => "ein Name aus kleinen Buchstaben, Ziffern und _",
            Ty::Ids => "eine Liste von Namen aus kleinen Buchstaben, Ziffern und _",
            Ty::Path => "ein Name wie fire.height (Gruppen und Dateien: ein Teil)",
            Ty::Code => "ein Wort aus 2 bis 10 Großbuchstaben A–Z",
            Ty::Int(0) => "eine ganze Zahl ab 0",
            Ty::Int(_) => "eine ganze Zahl ab 1",
            Ty::AnyInt => "eine ganze Zahl",
            Ty::Bool => "true oder false",
            Ty::Date => "ein Datum in Anführungszeichen, Jahr-Monat-Tag",
            Ty::Time => "eine Uhrzeit in Anführungszeichen",
            Ty::MonthDay => "Monat und Tag in Anführungszeichen",
            Ty::Ags => "ein AGS aus acht Ziffern",
            Ty::AgsStarts => "eine Liste von AGS oder AGS-Anfängen",
            Ty::Hours => "zwei Stunden von 0 bis 24, die erste kleiner",
            Ty::Keep => "eine Dauer aus Zahl und y, m oder d",
            Ty::Retention => "eine Dauer aus Zahl und y, m oder d, oder { period = …, note = … }",
            Ty::Period => "eine Frist aus Zahl und d, wd, w oder m, oder { value = …, unit = … }",
            Ty::Bound => "eine ganze Zahl, „law.…“ oder „params.…“",
            Ty::DateBound => "ein Datum, „today“ oder „today+30d“",
            Ty::Rule => "eine Regel in Anführungszeichen",
            Ty::Url => "eine Adresse, die mit https:// beginnt",
            Ty::Scalar => "ein einzelner Wert",
            Ty::List => "eine Liste",
            Ty::Free | Ty::Table(_) | Ty::Typed(_) => "eine Tabelle",
            Ty::Ref(_) => "ein Name in Anführungszeichen",
            Ty::Refs(_) => "eine Liste von Namen, mindestens einer",
            Ty::DateAndTime => "eine Liste aus Datumsfrage und Zeitfrage",
            Ty::Tables(_) | Ty::TypedList(_) => "eine Folge von Tabellen mit [[…]]",
            Ty::Unit => return format!("eine der Einheiten {}", crate::words::units().join(", ")),
            Ty::Word(words) => return format!("eines der Wörter {}", words.join(", ")),
            Ty::Words(words) => return format!("eine Liste aus den Wörtern {}", words.join(", ")),
        };
        fixed.to_owned()
    }
}
