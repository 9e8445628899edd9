//! The starter pack of an authority that joins: its office as the register knows it, and ready sentences for conditions,
//! refusals and questions (`texts/starter.de.toml`). Everything else has the lawful default of its service.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use store::{TenantTx, TextBlock};

const SOURCE: &str = include_str!("../../../../texts/starter.de.toml");
/// Who wrote it, in the history.
const ACTOR: &str = "system";

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pack {
    block: Vec<Block>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Block {
    id: String,
    kind: String,
    #[serde(default)]
    service: String,
    title: String,
    text: String,
}

fn pack() -> store::Result<Vec<Block>> {
    let pack: Pack = toml::from_str(SOURCE).map_err(|e| store::Error::Setup(format!("texts/starter.de.toml: {e}")))?;
    Ok(pack.block)
}

/// Writes it; a second time changes nothing.
pub fn put(t: &mut TenantTx<'_>, office: &Value, now: Timestamp) -> store::Result<()> {
    if t.office("")?.is_none() {
        t.set_office("", office, ACTOR, now)?;
    }
    for (position, b) in (0..).zip(pack()?) {
        let block = TextBlock {
            id: format!("start-{}", b.id),
            service: b.service,
            kind: b.kind,
            title: b.title,
            text: b.text,
            position,
        };
        if t.text_block(&block.id)?.is_none() {
            t.put_text_block(&block, ACTOR, now)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_is_whole() {
        let blocks = pack().expect("a pack");
        let kinds = ["condition", "refusal", "question", "note"];
        assert!(blocks.len() >= 6 && blocks.iter().all(|b| kinds.contains(&b.kind.as_str())));
        let ids: std::collections::BTreeSet<_> = blocks.iter().map(|b| &b.id).collect();
        assert_eq!(ids.len(), blocks.len());
    }
}
