//! Lists of cases: sorted and filtered by clear columns, sealed summaries opened a page at a time.

use domain::{Ags, CaseId, ClerkId, State};

use crate::cases::{Summary, case_place};
use crate::engine::{Row, Value, values};
use crate::seal::Key;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{CaseFilter, CasePage, CaseRow, Error, Result, Sort, Tab, TabCounts};

/// Filter without the tab: $2 service, $3 place, $4 assignee, $5 due before, $6 searched?, $7 numbers found.
macro_rules! filter {
    () => {
        "tenant = $1 and ($2 = '' or service = $2) and ($3 = '' or place = $3) \
         and ($4 = '' or $4 = '-' and assignee is null or assignee = $4) and ($5 = '' or due < $5) \
         and ($6 = 0 or no in (/*sqlite: select value from json_each($7) */\
         /*postgres: select cast(found as bigint) from json_array_elements_text(cast(cast($7 as text) as json)) as found */))"
    };
}

/// $8 tab, $9 me, $10 last day of "soon".
macro_rules! tab {
    () => {
        "($8 = 'all' or $8 = 'open' and is_open = 1 or $8 = 'new' and state = 'received' \
         or $8 = 'mine' and is_open = 1 and assignee = $9 or $8 = 'due' and is_open = 1 and state <> 'question' and due <= $10 \
         or $8 = 'waiting' and state = 'question' or $8 = 'print' and to_print = 1 \
         or $8 = 'fees' and (fee_open = 1 or pay_state = 'refund') or $8 = 'closed' and is_open = 0)"
    };
}

macro_rules! list {
    ($order:literal) => {
        concat!(
            "select id, reference, place, service, state, received_at, updated_at, event_day, due, late_by, assignee, \
             fee_open, to_print, channel, seq, case_key, summary from case_file where ",
            filter!(),
            " and ",
            tab!(),
            " order by ",
            $order,
            ", id limit $11 offset $12"
        )
    };
}

statements! { Tenant "lists";
    OPEN_PLACES = "select id, place, service from case_file where tenant = $1 and is_open = 1 order by received_at, id";
    /// Whose period rests, because a question is open, comes after those that are due.
    BY_DUE = list!("due is null, case when state = 'question' then 1 else 0 end, due, received_at");
    BY_RECEIVED = list!("received_at desc");
    BY_EVENT = list!("event_day is null, event_day, received_at");
    BY_UPDATED = list!("updated_at desc");
    TOTAL = concat!("select count(*) from case_file where ", filter!(), " and ", tab!());
    TABS = concat!("select count(*) filter (where is_open = 1), count(*) filter (where state = 'received'), \
        count(*) filter (where is_open = 1 and assignee = $8), \
        count(*) filter (where is_open = 1 and state <> 'question' and due <= $9), \
        count(*) filter (where state = 'question'), count(*) filter (where to_print = 1), \
        count(*) filter (where fee_open = 1 or pay_state = 'refund'), count(*) filter (where is_open = 0) from case_file where ", filter!());
}

impl Tab {
    fn word(self) -> &'static str {
        match self {
            Tab::Open => "open",
            Tab::New => "new",
            Tab::Mine => "mine",
            Tab::Due => "due",
            Tab::Waiting => "waiting",
            Tab::Print => "print",
            Tab::Fees => "fees",
            Tab::Closed => "closed",
            Tab::All => "all",
        }
    }
}

/// Days ahead that count as "soon".
const SOON_DAYS: i64 = 7;

fn soon(filter: &CaseFilter) -> Value {
    filter.today.saturating_add(jiff::Span::new().days(SOON_DAYS)).into()
}

fn me(filter: &CaseFilter) -> Value {
    Value::Text(filter.me.as_ref().map(|m| m.0.clone()).unwrap_or_default())
}

impl TenantTx<'_> {
    /// Running cases, the oldest first: id, place, service.
    pub fn open_places(&self) -> Result<Vec<(CaseId, Ags, String)>> {
        let rows = self.rows(&OPEN_PLACES, &[])?;
        let read = |r: &Row| Ok((CaseId::from(r.text(0)?), Ags::from(r.text(1)?), r.text(2)?.to_owned()));
        rows.iter().map(read).collect()
    }

    /// Parameters $2–$7, and whether the search had to forgive typing errors.
    fn filter_params(&self, filter: &CaseFilter) -> Result<(Vec<Value>, bool)> {
        let found = self.search(&filter.q)?;
        let numbers: Vec<i64> = found.iter().flat_map(|(numbers, _)| numbers).copied().collect();
        let params = values![
            filter.service.as_str(),
            filter.place.as_str(),
            filter.assignee.as_str(),
            filter.due_before.map(|d| d.to_string()).unwrap_or_default(),
            found.is_some(),
            serde_json::to_string(&numbers)?,
        ];
        Ok((params.to_vec(), found.is_some_and(|(_, fuzzy)| fuzzy)))
    }

    /// A page of cases.
    pub fn cases(&self, filter: &CaseFilter) -> Result<CasePage> {
        let (mut params, fuzzy) = self.filter_params(filter)?;
        params.extend([filter.tab.word().into(), me(filter), soon(filter)]);
        let total = self.row(&TOTAL, &params)?.map_or(Ok(0), |r| r.int(0))?;
        let size = i64::from(filter.size.clamp(1, 500));
        params.extend([Value::Int(size), Value::Int(size * i64::from(filter.page))]);
        let list = match filter.sort {
            Sort::Due => &BY_DUE,
            Sort::Received => &BY_RECEIVED,
            Sort::Event => &BY_EVENT,
            Sort::Updated => &BY_UPDATED,
        };
        let rows = self
            .rows(list, &params)?
            .iter()
            .map(|r| self.case_row(r))
            .collect::<Result<Vec<_>>>()?;
        Ok(CasePage { rows, total, fuzzy })
    }

    /// Numbers beside the tabs. The filter's own tab does not matter.
    pub fn tab_counts(&self, filter: &CaseFilter) -> Result<TabCounts> {
        let (mut params, _) = self.filter_params(filter)?;
        params.extend([me(filter), soon(filter)]);
        let row = self.row(&TABS, &params)?.ok_or(Error::Missing("count"))?;
        Ok(TabCounts {
            open: row.int(0)?,
            new: row.int(1)?,
            mine: row.int(2)?,
            due: row.int(3)?,
            waiting: row.int(4)?,
            print: row.int(5)?,
            fees: row.int(6)?,
            closed: row.int(7)?,
        })
    }

    fn case_row(&self, row: &Row) -> Result<CaseRow> {
        let (tenant, id) = (self.tenant().as_str(), row.text(0)?);
        let key = Key::unwrap(&self.keys().seal, case_place(tenant, id, "case_key", 1), row.bytes(15)?)?;
        let summary = key.open(case_place(tenant, id, "summary", row.int(14)?), row.bytes(16)?)?;
        let summary: Summary = serde_json::from_slice(&summary)?;
        Ok(CaseRow {
            id: CaseId::from(id),
            reference: row.text(1)?.to_owned(),
            title: summary.title,
            applicant: summary.applicant,
            place: Ags::from(row.text(2)?),
            place_name: summary.place_name,
            service: row.text(3)?.to_owned(),
            act: summary.act,
            state: State::parse(row.text(4)?).ok_or(Error::Missing("state"))?,
            received_at: row.time(5)?,
            updated_at: row.time(6)?,
            event_day: row.opt_date(7)?,
            due: row.opt_date(8)?,
            late_by: row.int(9)?,
            assignee: row.opt_text(10)?.map(ClerkId::from),
            assignee_name: summary.assignee_name,
            fee_open: row.flag(11)?,
            to_print: row.flag(12)?,
            channel: serde_json::from_value(row.text(13)?.into())?,
            looks: summary.looks,
            answer_by: summary.answer_by,
            pending: summary.pending,
            consults: summary.consults,
            stuck: summary.stuck,
            called_off: summary.called_off,
            unread: summary.unread,
            refund: summary.refund,
            closed_at: summary.closed_at,
        })
    }
}
