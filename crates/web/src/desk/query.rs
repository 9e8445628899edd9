//! Which part of the inbox is shown, as it stands in the address. A case keeps it in its own address, so
//! that "previous", "next" and "back" stay in the same list. What is searched for may be somebody's name: in an address
//! it is sealed.

use domain::ClerkId;
use jiff::civil::Date;
use store::{CaseFilter, Sort, Tab, TenantStore};

use crate::req::form_pairs;

/// Rows of a page.
pub const SIZE: u32 = 25;

/// Key in the address, tab.
pub const TABS: [(&str, Tab); 9] = [
    ("offen", Tab::Open),
    ("neu", Tab::New),
    ("meine", Tab::Mine),
    ("frist", Tab::Due),
    ("wartet", Tab::Waiting),
    ("drucken", Tab::Print),
    ("zahlung", Tab::Fees),
    ("entschieden", Tab::Closed),
    ("alle", Tab::All),
];

/// Key in the address, order.
pub const SORTS: [(&str, Sort); 4] = [
    ("frist", Sort::Due),
    ("eingang", Sort::Received),
    ("termin", Sort::Event),
    ("geaendert", Sort::Updated),
];

/// The list's filter. Only what differs from the plain inbox stands in the address.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ListQuery {
    pub tab: Tab,
    pub service: String,
    pub place: String,
    /// A clerk's id, or `-` for nobody.
    pub assignee: String,
    /// Words that are searched for; known once they are opened or just typed.
    pub q: String,
    /// The same, sealed.
    pub mark: String,
    pub sort: Option<Sort>,
    /// From 1.
    pub page: u32,
}

impl ListQuery {
    /// Reads it from a query string; what it does not know is left out.
    pub fn parse(query: &str) -> Self {
        let mut list = ListQuery {
            page: 1,
            ..ListQuery::default()
        };
        let tab = |value: &str| TABS.iter().find(|(k, _)| *k == value).map(|(_, t)| *t);
        let (mut chosen, mut from) = (None, None);
        for (key, value) in form_pairs(query.as_bytes()) {
            if key == "gesucht" {
                list.mark = value.chars().take(1000).collect();
            }
            let value: String = value.trim().chars().take(100).collect();
            match key.as_str() {
                "ansicht" => chosen = tab(&value),
                // Where one was when the filter was sent.
                "von" => from = tab(&value),
                "leistung" => list.service = value,
                "ort" => list.place = value,
                "wer" => list.assignee = value,
                "q" => list.q = value,
                "sort" => list.sort = SORTS.iter().find(|(k, _)| *k == value).map(|(_, s)| *s),
                "seite" => list.page = value.parse().unwrap_or(1).clamp(1, 100_000),
                _ => {}
            }
        }
        list.tab = chosen.unwrap_or(match list.searches() {
            false => from.unwrap_or(Tab::Open),
            // Who searches does not know whether it is decided: everywhere.
            true => Tab::All,
        });
        list
    }

    /// Something is searched for.
    pub fn searches(&self) -> bool {
        !(self.q.is_empty() && self.mark.is_empty())
    }

    /// With the words as they were typed. A mark of another authority, or a made-up one, finds nothing to search for.
    pub fn opened(mut self, tenant: &TenantStore) -> Self {
        if !self.mark.is_empty() {
            self.q = tenant.open_words(&self.mark).unwrap_or_default();
        }
        if self.q.is_empty() {
            self.mark.clear();
        }
        self
    }

    /// Searching for other words, or for none.
    pub fn searching(mut self, words: &str, tenant: &TenantStore) -> store::Result<Self> {
        self.q = words.to_owned();
        self.mark = match words {
            "" => String::new(),
            words => tenant.seal_words(words)?,
        };
        Ok(self)
    }

    /// Searches for nothing any more.
    pub fn forget(&mut self) {
        self.q.clear();
        self.mark.clear();
    }

    /// The tab that an address without one means.
    fn plain_tab(&self) -> Tab {
        match self.searches() {
            false => Tab::Open,
            true => Tab::All,
        }
    }

    /// The tab's own order, where none was chosen.
    pub fn order(&self) -> Sort {
        self.sort.unwrap_or(match self.tab {
            Tab::Closed | Tab::All => Sort::Updated,
            _ => Sort::Due,
        })
    }

    /// Open and closed ones are searched.
    pub fn searches_all(&self) -> bool {
        self.searches() && self.tab == Tab::All
    }

    /// Where one is when the search is left.
    pub fn left(&self) -> Tab {
        match self.searches_all() {
            true => Tab::Open,
            false => self.tab,
        }
    }

    pub fn tab_key(&self) -> &'static str {
        TABS.iter().find(|(_, t)| *t == self.tab).map_or("offen", |(k, _)| k)
    }

    /// Something beside the tab narrows the list.
    pub fn narrowed(&self) -> bool {
        !(self.service.is_empty() && self.place.is_empty() && self.assignee.is_empty()) || self.searches()
    }

    /// The query string, without `?`; empty for the plain inbox.
    pub fn text(&self) -> String {
        let sort = self
            .sort
            .and_then(|s| SORTS.iter().find(|(_, x)| *x == s))
            .map_or("", |(k, _)| k);
        let page = if self.page > 1 {
            self.page.to_string()
        } else {
            String::new()
        };
        let tab = if self.tab == self.plain_tab() {
            ""
        } else {
            self.tab_key()
        };
        let pairs: Vec<(&str, &str)> = [
            ("ansicht", tab),
            ("leistung", &self.service),
            ("ort", &self.place),
            ("wer", &self.assignee),
            ("gesucht", &self.mark),
            ("sort", sort),
            ("seite", &page),
        ]
        .into_iter()
        .filter(|(_, v)| !v.is_empty())
        .collect();
        serde_urlencoded::to_string(pairs).unwrap_or_default()
    }

    /// `path?query`
    pub fn at(&self, path: &str) -> String {
        match self.text() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The same list from its first page, changed.
    pub fn with(&self, change: impl FnOnce(&mut ListQuery)) -> ListQuery {
        let mut list = ListQuery {
            page: 1,
            ..self.clone()
        };
        change(&mut list);
        list
    }

    /// What the store is asked.
    pub fn filter(&self, me: &ClerkId, today: Date) -> CaseFilter {
        CaseFilter {
            tab: self.tab,
            service: self.service.clone(),
            place: self.place.clone(),
            assignee: self.assignee.clone(),
            me: Some(me.clone()),
            today,
            due_before: None,
            q: self.q.clone(),
            sort: self.order(),
            page: self.page - 1,
            size: SIZE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_list_comes_back_as_the_same_list() {
        let text = "ansicht=frist&ort=16077036&wer=-&gesucht=AQ_x-9&sort=termin&seite=3";
        let list = ListQuery::parse(text);
        assert_eq!(list.tab, Tab::Due);
        assert_eq!((list.q.as_str(), list.mark.as_str()), ("", "AQ_x-9"));
        assert_eq!(list.page, 3);
        assert_eq!(list.text(), text);
        assert_eq!(ListQuery::parse(&list.text()), list);
    }

    #[test]
    fn the_plain_inbox_has_a_plain_address_and_nonsense_is_left_out() {
        assert_eq!(ListQuery::parse("").at("/amt/eingang"), "/amt/eingang");
        let odd = ListQuery::parse("ansicht=gestern&seite=-4&sort=name&fremd=1");
        assert_eq!(odd, ListQuery::parse(""));
    }

    #[test]
    fn a_search_looks_everywhere_unless_a_view_is_named() {
        assert_eq!(ListQuery::parse("von=meine&q=Feuer").tab, Tab::All);
        assert_eq!(ListQuery::parse("von=meine&q=+").tab, Tab::Mine);
        for text in ["gesucht=AQ", "ansicht=offen&gesucht=AQ", "ansicht=alle", ""] {
            assert_eq!(ListQuery::parse(text).text(), text);
        }
        assert_eq!(ListQuery::parse("ansicht=offen&q=Feuer").tab, Tab::Open);
    }

    #[test]
    fn another_view_starts_at_its_first_page() {
        let list = ListQuery::parse("seite=4&gesucht=AQ").with(|l| l.tab = Tab::Mine);
        assert_eq!(list.at("/amt/eingang"), "/amt/eingang?ansicht=meine&gesucht=AQ");
    }
}
