//! The authority's office by place (contact, opening hours, bank, coat of arms) and its ready sentences.

use jiff::Timestamp;
use serde_json::Value as Json;

use crate::engine::{Row, values};
use crate::sql::statements;
use crate::tenant::TenantTx;
use crate::{Image, Result, TextBlock};

statements! { Tenant "office";
    PUT = "insert into office (tenant, place, body) values ($1, $2, $3) \
        on conflict (tenant, place) do update set body = excluded.body";
    /// A row that only holds a coat of arms says nothing of the office.
    GET = "select body from office where tenant = $1 and place = $2 and body <> '{}'";
    PUT_CREST = "insert into office (tenant, place, body, crest_type, crest) values ($1, $2, '{}', $3, $4) \
        on conflict (tenant, place) do update set crest_type = excluded.crest_type, crest = excluded.crest";
    CREST = "select crest_type, crest from office where tenant = $1 and place = $2 and crest is not null";
    PUT_BLOCK = "insert into text_block (tenant, id, service, kind, title, body, position) \
        values ($1, $2, $3, $4, $5, $6, $7) on conflict (tenant, id) do update set service = excluded.service, \
        kind = excluded.kind, title = excluded.title, body = excluded.body, position = excluded.position";
    BLOCK = "select id, service, kind, title, body, position from text_block where tenant = $1 and id = $2";
    BLOCKS = "select id, service, kind, title, body, position from text_block \
        where tenant = $1 and ($2 = '' or service = $2 or service = '') order by kind, position, id";
    DELETE_BLOCK = "delete from text_block where tenant = $1 and id = $2";
}

fn block(row: &Row) -> Result<TextBlock> {
    Ok(TextBlock {
        id: row.text(0)?.to_owned(),
        service: row.text(1)?.to_owned(),
        kind: row.text(2)?.to_owned(),
        title: row.text(3)?.to_owned(),
        text: row.text(4)?.to_owned(),
        position: row.int(5)?,
    })
}

impl TenantTx<'_> {
    /// Contact, hours, bank …: free JSON, shown in public. `place` = "" is the authority itself. Whoever changes a part
    /// of it calls `change_office`.
    pub fn set_office(&mut self, place: &str, office: &Json, actor: &str, now: Timestamp) -> Result<()> {
        self.lock_settings()?;
        let before = self.office(place)?.unwrap_or_default();
        self.execute(&PUT, values![place, serde_json::to_string(office)?])?;
        self.note_change(place, "office", "", actor, &before, office, now)
    }

    /// Changes the office as it is now, never as somebody read it before; what stays the same is not written.
    pub fn change_office(
        &mut self,
        place: &str,
        actor: &str,
        now: Timestamp,
        change: impl FnOnce(Option<Json>) -> Result<Json>,
    ) -> Result<()> {
        self.lock_settings()?;
        let before = self.office(place)?;
        let after = change(before.clone())?;
        match before.as_ref() == Some(&after) {
            true => Ok(()),
            false => self.set_office(place, &after, actor, now),
        }
    }

    pub fn office(&self, place: &str) -> Result<Option<Json>> {
        self.row(&GET, values![place])?
            .map(|r| Ok(serde_json::from_str(r.text(0)?)?))
            .transpose()
    }

    /// Sets or removes (`None`) the coat of arms. Check type and size before.
    pub fn set_crest(&mut self, place: &str, crest: Option<&Image>, actor: &str, now: Timestamp) -> Result<()> {
        self.lock_settings()?;
        let had = self.crest(place)?.is_some();
        let (kind, bytes) = crest.map(|c| (c.media_type.clone(), c.bytes.clone())).unzip();
        self.execute(&PUT_CREST, values![place, kind, bytes])?;
        self.note_change(
            place,
            "office",
            "crest",
            actor,
            &had.into(),
            &crest.is_some().into(),
            now,
        )
    }

    pub fn crest(&self, place: &str) -> Result<Option<Image>> {
        let image = |r: Row| {
            Ok(Image {
                media_type: r.text(0)?.to_owned(),
                bytes: r.bytes(1)?.to_vec(),
            })
        };
        self.row(&CREST, values![place])?.map(image).transpose()
    }

    /// What a place shows: its own coat of arms, else the authority's.
    pub fn crest_for(&self, place: &str) -> Result<Option<Image>> {
        match self.crest(place)? {
            Some(own) => Ok(Some(own)),
            None => self.crest(""),
        }
    }

    /// Makes or changes a ready sentence.
    pub fn put_text_block(&mut self, block: &TextBlock, actor: &str, now: Timestamp) -> Result<()> {
        self.lock_settings()?;
        let before = serde_json::to_value(self.text_block(&block.id)?)?;
        let TextBlock {
            id,
            service,
            kind,
            title,
            text,
            position,
        } = block.clone();
        self.execute(&PUT_BLOCK, values![id.as_str(), service, kind, title, text, position])?;
        self.note_change(
            "",
            "text_block",
            &id,
            actor,
            &before,
            &serde_json::to_value(block)?,
            now,
        )
    }

    pub fn text_block(&self, id: &str) -> Result<Option<TextBlock>> {
        self.row(&BLOCK, values![id])?.as_ref().map(block).transpose()
    }

    /// false: there is none.
    pub fn delete_text_block(&mut self, id: &str, actor: &str, now: Timestamp) -> Result<bool> {
        self.lock_settings()?;
        let Some(before) = self.text_block(id)? else {
            return Ok(false);
        };
        self.execute(&DELETE_BLOCK, values![id])?;
        self.note_change(
            "",
            "text_block",
            id,
            actor,
            &serde_json::to_value(before)?,
            &Json::Null,
            now,
        )?;
        Ok(true)
    }

    /// Ready sentences for a service and those for all; `""` = every one.
    pub fn text_blocks(&self, service: &str) -> Result<Vec<TextBlock>> {
        self.rows(&BLOCKS, values![service])?.iter().map(block).collect()
    }
}
