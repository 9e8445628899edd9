//! Begun applications. Each has a key of its own, wrapped twice: by a key from the link and by one from the
//! typed code. Whoever has neither, the operator included, reads nothing.

use std::sync::Arc;

use domain::{Ags, PaperId};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value as Json;

use crate::engine::{Db, Row, Tx, values};
use crate::papers::{CHUNK, check_digest, chunks};
use crate::seal::{Key, Place};
use crate::shared::misses::{locked_until, window};
use crate::sql::statements;
use crate::{Draft, Entropy, Error, NewDraft, PaperInfo, Result, Resume, codes};

statements! { Drafts "drafts";
    INSERT = "insert into draft (id, link_hash, code_hash, locator, place, service, created_at, updated_at, \
        expires_at, key_by_link, key_by_code, seq, body) values ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10, 1, $11)";
    BY_LINK = "select id, place, service, created_at, updated_at, expires_at, seq, body, key_by_link from draft \
        where link_hash = $1 and expires_at > $2";
    BY_CODE = "select id, place, service, created_at, updated_at, expires_at, seq, body, key_by_code from draft \
        where code_hash = $1 and expires_at > $2";
    /// Only from the state that the writer has seen: of two at once, the second is told.
    BUMP = "update draft set seq = seq + 1, updated_at = $2, expires_at = $3 where id = $1 and seq = $4 returning seq";
    FINISH = "update draft set seq = seq + 1, updated_at = $2, expires_at = $3 where id = $1 returning seq";
    THERE = "select count(*) from draft where id = $1";
    BODY = "update draft set body = $2 where id = $1";
    DELETE = "delete from draft where id = $1";
    EXPIRED = "delete from draft where expires_at <= $1";
    LOCATOR = "select count(*) from draft where locator = $1";
    MISSES = "select since_at, n from draft_miss where locator = $1";
    MISS = "insert into draft_miss (locator, since_at, n) values ($1, $2, 1) on conflict (locator) do update set \
        n = case when draft_miss.since_at <= $3 then 1 else draft_miss.n + 1 end, \
        since_at = case when draft_miss.since_at <= $3 then excluded.since_at else draft_miss.since_at end";
    TIDY_MISSES = "delete from draft_miss where since_at <= $1";
    PUT_PAPER = "insert into draft_paper (draft, id, chunks, meta) values ($1, $2, $3, $4)";
    PAPER = "select chunks, meta from draft_paper where draft = $1 and id = $2";
    PAPERS = "select id from draft_paper where draft = $1";
    REMOVE_PAPERS = "delete from draft_paper where draft = $1";
    REMOVE_PAPER = "delete from draft_paper where draft = $1 and id = $2";
    PUT_CHUNK = "insert into draft_chunk (draft, paper, n, body) values ($1, $2, $3, $4)";
    CHUNKS = "select n, body from draft_chunk where draft = $1 and paper = $2 order by n";
}

/// Days that a draft is kept after its last change. The pages say so.
pub const DRAFT_DAYS: i64 = 90;
/// First symbols of a code: misses are counted by them, for a wrong code names no draft.
const LOCATOR_LENGTH: usize = 4;

/// Begun applications. Cheap to clone.
#[derive(Clone)]
pub struct DraftStore {
    pub(crate) db: Db,
    /// From the root key: without it a stolen file cannot be tried with codes.
    pub(crate) pepper: Arc<Key>,
    pub(crate) entropy: Entropy,
}

impl std::fmt::Debug for DraftStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DraftStore")
    }
}

fn place<'a>(row: &'a str, column: &'static str, version: i64) -> Place<'a> {
    Place {
        tenant: "",
        table: "draft",
        row,
        column,
        version,
    }
}

fn expiry(now: Timestamp) -> Timestamp {
    now + SignedDuration::from_hours(24 * DRAFT_DAYS)
}

impl DraftStore {
    fn hash(&self, kind: &[u8], secret: &str) -> Vec<u8> {
        self.pepper.mac(&[kind, secret.as_bytes()]).to_vec()
    }

    /// The key that a link or code gives.
    fn secret_key(&self, kind: &'static str, secret: &str) -> Result<Key> {
        let salt = self.pepper.mac(&[b"salt", kind.as_bytes()]);
        Key::derive(&salt, secret.as_bytes(), kind)
    }

    /// A new draft. Link and code are returned this once; `draft` works until the end of the request.
    pub async fn create(&self, ags: &Ags, service: &str, data: Json, now: Timestamp) -> Result<NewDraft> {
        self.create_with(ags, service, |_, _| data, now).await
    }

    /// The same where what it keeps names its own link and code: one commit, not two.
    pub async fn create_with(
        &self,
        ags: &Ags,
        service: &str,
        data: impl FnOnce(&str, &str) -> Json,
        now: Timestamp,
    ) -> Result<NewDraft> {
        let (id, link, code) = (
            self.entropy.id(),
            codes::link_token(&self.entropy),
            codes::typed_code(&self.entropy),
        );
        let data = data(&link, &code);
        let plain = codes::normal(&code);
        let key = Key::random(&self.entropy);
        let wrap = |kind: &'static str, secret: &str| {
            key.wrap(&self.secret_key(kind, secret)?, place(&id, kind, 1), &self.entropy)
        };
        let body = key.seal(place(&id, "body", 1), &serde_json::to_vec(&data)?, &self.entropy)?;
        let expires_at = expiry(now);
        let params = values![
            id.as_str(),
            self.hash(b"link", &link),
            self.hash(b"code", &plain),
            &plain[..LOCATOR_LENGTH],
            ags.as_str(),
            service,
            now,
            expires_at,
            wrap("key_by_link", &link)?,
            wrap("key_by_code", &plain)?,
            body,
        ]
        .to_vec();
        self.db.write(move |tx| tx.execute(&INSERT, &params)).await?;
        let draft = Draft {
            id,
            place: ags.clone(),
            service: service.to_owned(),
            data,
            created_at: now,
            updated_at: now,
            expires_at,
            seq: 1,
            key,
        };
        Ok(NewDraft { draft, link, code })
    }

    fn opened(row: &Row, above: &Key, kind: &'static str) -> Result<Draft> {
        let id = row.text(0)?.to_owned();
        let key = Key::unwrap(above, place(&id, kind, 1), row.bytes(8)?)?;
        let data = serde_json::from_slice(&key.open(place(&id, "body", row.int(6)?), row.bytes(7)?)?)?;
        Ok(Draft {
            place: Ags::from(row.text(1)?),
            service: row.text(2)?.to_owned(),
            data,
            created_at: row.time(3)?,
            updated_at: row.time(4)?,
            expires_at: row.time(5)?,
            seq: row.int(6)?,
            id,
            key,
        })
    }

    /// By the link's token: 128 bits need no lock.
    pub async fn by_link(&self, link: &str, now: Timestamp) -> Result<Resume> {
        let hash = self.hash(b"link", link);
        let Some(row) = self.db.read(move |tx| tx.row(&BY_LINK, values![hash, now])).await? else {
            return Ok(Resume::NotFound);
        };
        Ok(Resume::Found(Box::new(Self::opened(
            &row,
            &self.secret_key("key_by_link", link)?,
            "key_by_link",
        )?)))
    }

    /// By the typed code; capitals, spaces and hyphens do not matter. Ten wrong codes in an hour that begin
    /// like a draft's lock it, and only it, for the rest of the hour.
    pub async fn by_code(&self, code: &str, now: Timestamp) -> Result<Resume> {
        let plain = codes::normal(code);
        if plain.len() != codes::CODE_LENGTH {
            return Ok(Resume::NotFound);
        }
        let (hash, locator) = (self.hash(b"code", &plain), plain[..LOCATOR_LENGTH].to_owned());
        enum Found {
            Row(Row),
            Nothing,
            Locked(Timestamp),
        }
        let found = self
            .db
            .write(move |tx| {
                let misses = tx.row(&MISSES, values![locator.as_str()])?;
                if let Some(until) = misses.map_or(Ok(None), |r| locked_until(&r, now))? {
                    return Ok(Found::Locked(until));
                }
                if let Some(row) = tx.row(&BY_CODE, values![hash, now])? {
                    return Ok(Found::Row(row));
                }
                if tx
                    .row(&LOCATOR, values![locator.as_str()])?
                    .map_or(Ok(0), |r| r.int(0))?
                    > 0
                {
                    tx.execute(&MISS, values![locator, now, now - window()])?;
                }
                Ok::<_, Error>(Found::Nothing)
            })
            .await?;
        match found {
            Found::Locked(until) => Ok(Resume::Locked { until }),
            Found::Nothing => Ok(Resume::NotFound),
            Found::Row(row) => {
                let draft = Self::opened(&row, &self.secret_key("key_by_code", &plain)?, "key_by_code")?;
                Ok(Resume::Found(Box::new(draft)))
            }
        }
    }

    /// Writes `draft.data`; from now it is kept for another 90 days. Papers that are not in `keep` are deleted.
    /// `false`: somebody wrote since this draft was opened, and nothing was changed.
    ///
    /// # Errors
    /// `Missing` if the draft is gone.
    pub async fn save(&self, draft: &mut Draft, keep: &[PaperId], now: Timestamp) -> Result<bool> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&draft.data)?);
        let (id, key, entropy) = (draft.id.clone(), draft.key.clone(), self.entropy.clone());
        let (seen, keep) = (draft.seq, keep.to_vec());
        let written = self
            .db
            .write(move |tx| {
                let rows = tx.returning(&BUMP, values![id.as_str(), now, expiry(now), seen])?;
                let Some(row) = rows.first() else {
                    let there = tx.row(&THERE, values![id.as_str()])?.map_or(Ok(0), |r| r.int(0))?;
                    return if there > 0 {
                        Ok(None)
                    } else {
                        Err(Error::Missing("draft"))
                    };
                };
                let seq = row.int(0)?;
                let body = key.seal(place(&id, "body", seq), &plain, &entropy)?;
                tx.execute(&BODY, values![id.as_str(), body])?;
                for row in tx.rows(&PAPERS, values![id.as_str()])? {
                    let paper = row.text(0)?;
                    if keep.iter().all(|k| k.as_str() != paper) {
                        tx.execute(&REMOVE_PAPER, values![id.as_str(), paper])?;
                    }
                }
                Ok(Some(seq))
            })
            .await?;
        if let Some(seq) = written {
            draft.seq = seq;
        }
        Ok(written.is_some())
    }

    /// After submission: what is kept of the draft until `until` is `draft.data`; papers go. Whoever writes at the
    /// same time loses.
    ///
    /// # Errors
    /// `Missing` if the draft is gone.
    pub async fn finish(&self, draft: &Draft, now: Timestamp, until: Timestamp) -> Result<()> {
        let plain = zeroize::Zeroizing::new(serde_json::to_vec(&draft.data)?);
        let (id, key, entropy) = (draft.id.clone(), draft.key.clone(), self.entropy.clone());
        self.db
            .write(move |tx| {
                let rows = tx.returning(&FINISH, values![id.as_str(), now, until])?;
                let seq = rows.first().ok_or(Error::Missing("draft"))?.int(0)?;
                let body = key.seal(place(&id, "body", seq), &plain, &entropy)?;
                tx.execute(&BODY, values![id.as_str(), body])?;
                tx.execute(&REMOVE_PAPERS, values![id])?;
                Ok(())
            })
            .await
    }

    /// When the applicant wants it gone. Papers go with it.
    pub async fn delete(&self, id: &str) -> Result<()> {
        let params = values![id].to_vec();
        self.db.write(move |tx| tx.execute(&DELETE, &params)).await?;
        Ok(())
    }

    /// Stores a paper of the draft; size and digest have to fit the bytes.
    pub async fn put_paper(&self, draft: &Draft, info: PaperInfo, bytes: Vec<u8>) -> Result<()> {
        check_digest(info.size, &info.sha256, &bytes)?;
        let (draft_id, key, entropy) = (draft.id.clone(), draft.key.clone(), self.entropy.clone());
        self.db
            .write(move |tx| {
                let id = info.id.as_str();
                let row = format!("{draft_id}/{id}");
                let meta = key.seal(place(&row, "meta", 1), &serde_json::to_vec(&info)?, &entropy)?;
                tx.execute(&PUT_PAPER, values![draft_id.as_str(), id, chunks(&bytes), meta])?;
                for (n, part) in bytes.chunks(CHUNK).enumerate() {
                    let n = n as i64;
                    let sealed = key.seal(place(&row, "chunk", n), part, &entropy)?;
                    tx.execute(&PUT_CHUNK, values![draft_id.as_str(), id, n, sealed])?;
                }
                Ok(())
            })
            .await
    }

    /// A paper of the draft.
    pub async fn paper(&self, draft: &Draft, id: &PaperId) -> Result<Option<(PaperInfo, Vec<u8>)>> {
        let (draft_id, key, id) = (draft.id.clone(), draft.key.clone(), id.0.clone());
        self.db.read(move |tx| read_paper(tx, &draft_id, &key, &id)).await
    }

    /// Deletes drafts past their time; how many.
    pub async fn tidy(&self, now: Timestamp) -> Result<u64> {
        self.db
            .write(move |tx| {
                tx.execute(&TIDY_MISSES, values![now - window()])?;
                tx.execute(&EXPIRED, values![now])
            })
            .await
    }
}

fn read_paper(tx: &Tx<'_>, draft: &str, key: &Key, id: &str) -> Result<Option<(PaperInfo, Vec<u8>)>> {
    let Some(row) = tx.row(&PAPER, values![draft, id])? else {
        return Ok(None);
    };
    let name = format!("{draft}/{id}");
    let info: PaperInfo = serde_json::from_slice(&key.open(place(&name, "meta", 1), row.bytes(1)?)?)?;
    let parts = tx.rows(&CHUNKS, values![draft, id])?;
    if parts.len() as i64 != row.int(0)? {
        return Err(Error::Sealed("draft_chunk".into()));
    }
    let mut bytes = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        bytes.extend(key.open(place(&name, "chunk", n as i64), part.bytes(1)?)?);
    }
    Ok(Some((info, bytes)))
}
