//! What one authority, or the drafts of one place, take in within an hour, over all hosts: limits by network do not hold
//! many networks back, and one town's inbox must not fill everybody's disk. Nothing is counted beside the rows: what
//! came within the hour is read from them. The numbers stand in docs/security/rules.md, too.

use domain::Ags;
use jiff::{SignedDuration, Timestamp};

use crate::engine::values;
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{DraftStore, Result};

statements! { Tenant "intake";
    CASES = "select count(*) from case_file where tenant = $1 and received_at > $2";
    BYTES = "select cast(coalesce(sum(size), 0) as bigint) from paper where tenant = $1 and created_at > $2";
    MAILS = "select count(*) from outbox_mail where tenant = $1 and sent_at > $2";
}

mod drafts {
    use super::statements;
    statements! { Drafts "intake_drafts";
        BEGUN = "select count(*) from draft where place = $1 and updated_at > $2 and created_at > $2";
        CHUNKS = "select cast(coalesce(sum(draft_paper.chunks), 0) as bigint) from draft \
            join draft_paper on draft_paper.draft = draft.id where draft.place = $1 and draft.updated_at > $2";
    }
}

/// Every list of statements of this module.
pub(crate) static LISTS: &[&[&crate::sql::Sql]] = &[ALL, drafts::ALL];

/// What is limited by the hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hourly {
    /// Applications that an authority receives.
    Submissions,
    /// Applications begun for a place: a draft belongs to no authority.
    Drafts,
    /// Files, at an authority and in the drafts of a place.
    Megabytes,
    /// Mails that go out for an authority. What is beyond waits.
    Mails,
}

impl Hourly {
    pub fn most(self) -> i64 {
        match self {
            Hourly::Submissions => 300,
            Hourly::Drafts => 1000,
            Hourly::Megabytes => 4000,
            Hourly::Mails => 1000,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Hourly::Submissions => "submissions",
            Hourly::Drafts => "drafts",
            Hourly::Megabytes => "megabytes",
            Hourly::Mails => "mails",
        }
    }
}

const MB: i64 = 1 << 20;
/// Pieces of a file of a draft in a megabyte.
const CHUNKS: i64 = MB / crate::papers::CHUNK as i64;

fn hour(now: Timestamp) -> Timestamp {
    now - SignedDuration::from_hours(1)
}

impl TenantTx<'_> {
    /// What is full here, if one more application with so many bytes of files were taken in.
    pub fn full(&self, bytes: usize, now: Timestamp) -> Result<Option<Hourly>> {
        let cases = self.row(&CASES, values![hour(now)])?.map_or(Ok(0), |r| r.int(0))?;
        if cases >= Hourly::Submissions.most() {
            return Ok(Some(Hourly::Submissions));
        }
        self.full_of_files(bytes, now)
    }

    /// The same for files alone.
    pub fn full_of_files(&self, bytes: usize, now: Timestamp) -> Result<Option<Hourly>> {
        if bytes == 0 {
            return Ok(None);
        }
        let taken = self.row(&BYTES, values![hour(now)])?.map_or(Ok(0), |r| r.int(0))?;
        let all = taken.saturating_add(i64::try_from(bytes).unwrap_or(i64::MAX));
        Ok((all > Hourly::Megabytes.most() * MB).then_some(Hourly::Megabytes))
    }

    /// Mails that may still go out within this hour.
    pub fn mails_left(&self, now: Timestamp) -> Result<i64> {
        let sent = self.row(&MAILS, values![hour(now)])?.map_or(Ok(0), |r| r.int(0))?;
        Ok((Hourly::Mails.most() - sent).max(0))
    }
}

impl DraftStore {
    /// What is full at this place, if one more application were begun, or a file of so many bytes were kept with one.
    pub async fn full(&self, place: &Ags, bytes: usize, now: Timestamp) -> Result<Option<Hourly>> {
        let params = values![place.as_str(), hour(now)].to_vec();
        let (sql, what) = match bytes {
            0 => (&drafts::BEGUN, Hourly::Drafts),
            _ => (&drafts::CHUNKS, Hourly::Megabytes),
        };
        let row = self.db.read(move |tx| tx.row(sql, &params)).await?;
        let there = row.map_or(Ok(0), |r| r.int(0))?;
        let is_full = match what {
            Hourly::Drafts => there >= what.most(),
            _ => there + i64::try_from(bytes).unwrap_or(i64::MAX) / MB * CHUNKS > what.most() * CHUNKS,
        };
        Ok(is_full.then_some(what))
    }
}
