//! The types that values of rules have, and which of them fit together. What is not known fits everything: the check of
//! types never warns of what may be right.

use crate::load::scalar;

/// The type of a part of a rule. Answers may be null, whatever their type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Type {
    /// Not known.
    Open,
    Null,
    Bool,
    Number,
    /// A number with decimals: a map point has them, fees do not.
    Decimal,
    Text,
    /// A text that is a day.
    Day,
    /// A text that is a time of day.
    Time,
    List(Box<Type>),
    /// Named parts: a period of days, an address, an entry of a group.
    Record(Vec<(String, Type)>),
}

impl Type {
    pub fn list(of: Type) -> Type {
        Type::List(Box::new(of))
    }

    pub fn record<const N: usize>(parts: [(&str, Type); N]) -> Type {
        Type::Record(parts.map(|(name, part)| (name.to_owned(), part)).into())
    }

    /// The type of a fixed text: one that reads as a day or a time is taken for it.
    pub fn of_text(text: &str) -> Type {
        if scalar::date(text).is_some() {
            Type::Day
        } else if scalar::is_time(text) {
            Type::Time
        } else {
            Type::Text
        }
    }

    /// A part of a value; names that do not exist are told elsewhere.
    pub fn part(&self, name: &str) -> Type {
        match self {
            Type::Record(parts) => parts
                .iter()
                .find(|(part, _)| part == name)
                .map_or(Type::Open, |(_, ty)| ty.clone()),
            _ => Type::Open,
        }
    }

    pub fn is_text(&self) -> bool {
        matches!(self, Type::Text | Type::Day | Type::Time)
    }

    pub fn is_number(&self) -> bool {
        matches!(self, Type::Number | Type::Decimal)
    }

    /// Whether a value of this type may be equal to one of the other.
    pub fn meets(&self, other: &Type) -> bool {
        match (self, other) {
            (Type::Open | Type::Null, _) | (_, Type::Open | Type::Null) => true,
            (Type::Day, Type::Time) | (Type::Time, Type::Day) => false,
            (a, b) if a.is_text() && b.is_text() || a.is_number() && b.is_number() => true,
            (Type::List(a), Type::List(b)) => a.meets(b),
            (Type::Record(_), Type::Record(_)) => true,
            (a, b) => a == b,
        }
    }

    /// The type of a value that is of the one or of the other.
    pub fn or(self, other: Type) -> Type {
        match (self, other) {
            (Type::Open | Type::Null, ty) | (ty, Type::Open | Type::Null) => ty,
            (Type::List(a), Type::List(b)) => Type::List(Box::new(a.or(*b))),
            (a, b) if a == b => a,
            (a, b) if a.is_text() && b.is_text() => Type::Text,
            (a, b) if a.is_number() && b.is_number() => Type::Decimal,
            _ => Type::Open,
        }
    }

    /// `eine Zahl`: what the value is.
    pub fn noun(&self) -> &'static str {
        match self {
            Type::Open => "ein anderer Wert",
            Type::Null => "null",
            Type::Bool => "ja oder nein",
            Type::Number => "eine Zahl",
            Type::Decimal => "eine Kommazahl",
            Type::Text => "ein Text",
            Type::Day => "ein Tag",
            Type::Time => "eine Uhrzeit",
            Type::List(_) => "eine Liste",
            Type::Record(_) => "eine Angabe aus mehreren Teilen",
        }
    }

    /// `einer Zahl`: what it stands beside.
    pub fn with(&self) -> &'static str {
        match self {
            Type::Open => "einem anderen Wert",
            Type::Number => "einer Zahl",
            Type::Decimal => "einer Kommazahl",
            Type::Text => "einem Text",
            Type::Day => "einem Tag",
            Type::Time => "einer Uhrzeit",
            Type::List(_) => "einer Liste",
            Type::Record(_) => "einer Angabe aus mehreren Teilen",
            Type::Null | Type::Bool => self.noun(),
        }
    }

    /// `einen Tag`: what is needed.
    pub fn needed(&self) -> &'static str {
        match self {
            Type::Text => "einen Text",
            Type::Day => "einen Tag",
            _ => self.noun(),
        }
    }

    /// A right comparison of `name` with a value of its type.
    pub fn example(&self, name: &str) -> Option<String> {
        Some(match self {
            Type::Bool => format!("{name} == true"),
            Type::Number | Type::Decimal => format!("{name} >= 100"),
            Type::Text => format!("{name} == 'abc'"),
            Type::Day => format!("{name} >= today"),
            Type::Time => format!("minutes({name}) >= minutes('22:00')"),
            Type::List(_) => format!("size({name}) > 0"),
            Type::Record(parts) => {
                return parts
                    .iter()
                    .find_map(|(part, ty)| ty.example(&format!("{name}.{part}")));
            }
            Type::Open | Type::Null => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_fits_everything() {
        for ty in [Type::Bool, Type::Number, Type::Day, Type::list(Type::Text)] {
            assert!(ty.meets(&Type::Open) && Type::Null.meets(&ty));
            assert_eq!(ty.clone().or(Type::Null), ty);
        }
        assert!(Type::Text.meets(&Type::Day) && !Type::Time.meets(&Type::Day) && !Type::Number.meets(&Type::Text));
        assert!(Type::list(Type::Open).meets(&Type::list(Type::Text)));
        assert_eq!(Type::Number.or(Type::Text), Type::Open);
        assert_eq!(Type::of_text("22:00"), Type::Time);
        assert_eq!(Type::of_text("2027-01-09"), Type::Day);
        assert_eq!(Type::of_text("late"), Type::Text);
    }
}
