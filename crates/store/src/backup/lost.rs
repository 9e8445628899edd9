//! Has a restored server lost rows? What its log says came in has to be there, with all pieces of each paper and letter;
//! and of what says since when it is there, the server at work has no more from before that moment. Belongs here: looking
//! and comparing. Not here: which server is compared with which (`server.rs`).

use std::collections::{BTreeMap, BTreeSet};

use domain::CaseId;
use jiff::Timestamp;

use crate::Result;
use crate::engine::values;
use crate::sql::{Sql, statements};
use crate::tenant::TenantTx;

statements! { Tenant "backup_lost";
    /// Came in, was not erased, and is not there.
    UNKNOWN_CASES = "select count(*) from audit as a where a.tenant = $1 and a.event = 'case.received' \
        and not exists (select 1 from case_file as f where f.tenant = $1 and f.id = a.case_id) \
        and not exists (select 1 from audit as e where e.tenant = $1 and e.case_id = a.case_id and e.event = 'case.erased')";
    CUT_PAPERS = "select count(*) from paper as p where p.tenant = $1 \
        and p.chunks <> (select count(*) from paper_chunk as c where c.tenant = $1 and c.paper = p.id)";
    CUT_LETTERS = "select count(*) from letter as l where l.tenant = $1 \
        and l.chunks <> (select count(*) from letter_chunk as c where c.tenant = $1 and c.letter = l.id)";
    CASES_AFTER = "select id from case_file where tenant = $1 and id > $2 order by id limit $3";
    EVENTS = "select case_id, count(*) from case_event where tenant = $1 and at <= $2 group by case_id";
    PAPERS = "select case_id, count(*) from paper where tenant = $1 and created_at <= $2 group by case_id";
    LETTERS = "select case_id, count(*) from letter where tenant = $1 and created_at <= $2 group by case_id";
    BOOKINGS = "select coalesce(case_id, ''), count(*) from booking where tenant = $1 and created_at <= $2 \
        group by coalesce(case_id, '')";
    QUESTIONS = "select coalesce(case_id, ''), count(*) from consultation where tenant = $1 and incoming = 0 \
        and asked_at <= $2 group by coalesce(case_id, '')";
    CLERKS = "select '', count(*) from clerk where tenant = $1 and created_at <= $2";
    MEMBERS = "select '', count(*) from member where tenant = $1 and created_at <= $2";
    CHANGES = "select '', count(*) from change_log where tenant = $1 and at <= $2";
    ERASED = "select '', count(*) from erased_case where tenant = $1 and erased_at <= $2";
    RECEIVED = "select '', count(*) from delivery_in where tenant = $1 and received_at <= $2";
    FEEDBACK = "select '', count(*) from feedback where tenant = $1 and at <= $2";
    MAILS = "select '', count(*) from outbox_mail where tenant = $1 and created_at <= $2";
}

/// Every list of statements of this module.
pub(crate) static STATEMENTS: &[&Sql] = ALL;

/// Tables whose rows say since when they are there, and never say anything else later.
const DATED: [(&str, &Sql); 12] = [
    ("case_event", &EVENTS),
    ("paper", &PAPERS),
    ("letter", &LETTERS),
    ("booking", &BOOKINGS),
    ("consultation", &QUESTIONS),
    ("clerk", &CLERKS),
    ("member", &MEMBERS),
    ("change_log", &CHANGES),
    ("erased_case", &ERASED),
    ("delivery_in", &RECEIVED),
    ("feedback", &FEEDBACK),
    ("outbox_mail", &MAILS),
];

/// Cases read at a time.
const PAGE: i64 = 500;

/// Rows by table and case (empty: of none) up to a moment.
pub(super) type Held = Vec<BTreeMap<String, i64>>;

impl TenantTx<'_> {
    /// In the order of `DATED`.
    pub(super) fn held_until(&self, moment: Timestamp) -> Result<Held> {
        let counted = |sql: &Sql| -> Result<_> {
            let rows = self.rows(sql, values![moment])?;
            rows.iter().map(|r| Ok((r.text(0)?.to_owned(), r.int(1)?))).collect()
        };
        DATED.iter().map(|(_, sql)| counted(sql)).collect()
    }

    /// Looks at a copy by itself, and beside what the original holds from before its moment. One German sentence for
    /// each finding; how many cases open.
    pub(super) fn what_is_lost(&self, original: &Held, moment: Timestamp) -> Result<(Vec<String>, i64)> {
        let mut findings = Vec::new();
        let own = [
            (&UNKNOWN_CASES, "Vorgänge fehlen, die das Protokoll kennt"),
            (&CUT_PAPERS, "Unterlagen sind nicht vollständig"),
            (&CUT_LETTERS, "Briefe sind nicht vollständig"),
        ];
        for (sql, what) in own {
            let n = self.row(sql, &[])?.map_or(Ok(0), |r| r.int(0))?;
            if n > 0 {
                findings.push(format!("{what}: {n}."));
            }
        }
        let (cases, closed) = self.open_each_case()?;
        if closed > 0 {
            findings.push(format!("Vorgänge lassen sich nicht öffnen: {closed}."));
        }
        let here = self.held_until(moment)?;
        for ((table, _), (original, here)) in DATED.iter().zip(original.iter().zip(&here)) {
            // A case that is not here at all is found by the log, if it had come in by then.
            let known = original
                .iter()
                .filter(|(case, _)| case.is_empty() || cases.contains(*case));
            let fewer: i64 = known.map(|(case, n)| (n - here.get(case).unwrap_or(&0)).max(0)).sum();
            if fewer > 0 {
                findings.push(format!("Zeilen in „{table}“ fehlen: {fewer}."));
            }
        }
        Ok((findings, cases.len() as i64 - closed))
    }

    /// Every case, and how many of them do not open.
    fn open_each_case(&self) -> Result<(BTreeSet<String>, i64)> {
        let (mut cases, mut closed, mut after) = (BTreeSet::new(), 0, String::new());
        loop {
            let rows = self.rows(&CASES_AFTER, values![after.as_str(), PAGE])?;
            for row in &rows {
                after = row.text(0)?.to_owned();
                let case = self.case(&CaseId(after.clone()));
                closed += i64::from(!matches!(case, Ok(Some(_))));
                cases.insert(after.clone());
            }
            if rows.len() < PAGE as usize {
                return Ok((cases, closed));
            }
        }
    }
}
