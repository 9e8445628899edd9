//! The way out: time over, offered, answered, released; holds; answers that go earlier. Nothing here erases a case:
//! that is the store's, and only what is released and not held.

use jiff::civil::Date;
use serde_json::Value;

use super::apply::{Done, Step, refuse};
use super::{Actor, date_of};
use crate::keeping::{Hold, Release, Stage};

/// Why nothing moves.
const HELD: &str = "Der Vorgang ist gesperrt und wird nicht gelöscht. Heben Sie zuerst die Sperre auf.";

impl Step<'_> {
    fn free(&self) -> Done {
        match self.case.keeping.hold {
            Some(_) => refuse(HELD),
            None => Ok(()),
        }
    }

    /// By the daily run.
    pub(super) fn time_over(&mut self) -> Done {
        self.free()?;
        if self.case.keeping.stage != Stage::Kept || !self.case.is_settled() {
            return refuse("Die Zeit dieses Vorgangs ist nicht abgelaufen.");
        }
        self.case.keeping.stage = Stage::Due;
        self.inside("keeping_over", "")
    }

    pub(super) fn offer(&mut self, archive: String, until: Date) -> Done {
        self.free()?;
        if self.case.keeping.stage != Stage::Due {
            return refuse("Anbieten geht nur, was zum Löschen vorgesehen ist.");
        }
        self.inside("keeping_offered", archive.as_str())?;
        self.case.keeping.stage = Stage::Offered {
            at: self.now,
            archive,
            until,
        };
        Ok(())
    }

    /// The archive's copy left the house.
    pub(super) fn exported(&mut self) -> Done {
        let Stage::Offered { archive, .. } = &self.case.keeping.stage else {
            return refuse("Eine Datei für das Archiv gibt es, sobald der Vorgang angeboten ist.");
        };
        let archive = archive.clone();
        self.case.keeping.exported = Some(self.now);
        self.inside("keeping_exported", archive)
    }

    pub(super) fn archive_answered(&mut self, takes: bool) -> Done {
        self.free()?;
        let Stage::Offered { archive, .. } = &self.case.keeping.stage else {
            return refuse("Der Vorgang ist keinem Archiv angeboten.");
        };
        if takes && self.case.keeping.exported.is_none() {
            return refuse("Laden Sie zuerst die Datei für das Archiv. Übernommen ist, was dort angekommen ist.");
        }
        let (kind, why) = match takes {
            true => ("keeping_taken", Release::Taken),
            false => ("keeping_declined", Release::Declined),
        };
        self.inside(kind, archive.clone())?;
        self.released(why)
    }

    /// By the daily run.
    pub(super) fn archive_silent(&mut self) -> Done {
        self.free()?;
        match &self.case.keeping.stage {
            Stage::Offered { until, archive, .. } if *until < date_of(self.now) => {
                self.inside("keeping_no_answer", archive.clone())?;
                self.released(Release::NoAnswer)
            }
            _ => refuse("Das Archiv hat noch Zeit."),
        }
    }

    /// Where no archive is named.
    pub(super) fn release(&mut self) -> Done {
        self.free()?;
        if self.case.keeping.stage != Stage::Due {
            return refuse("Freigeben geht nur, was zum Löschen vorgesehen ist.");
        }
        self.inside("keeping_released", self.actor.label())?;
        self.released(Release::NoArchive)
    }

    fn released(&mut self, why: Release) -> Done {
        self.case.keeping.stage = Stage::Released { at: self.now, why };
        Ok(())
    }

    /// Back among those that are looked through, as long as it is still there.
    pub(super) fn recall(&mut self) -> Done {
        if !matches!(self.case.keeping.stage, Stage::Offered { .. } | Stage::Released { .. }) {
            return refuse("Hier gibt es nichts zurückzuholen.");
        }
        self.case.keeping.stage = Stage::Due;
        self.case.keeping.exported = None;
        self.inside("keeping_recalled", self.actor.label())
    }

    pub(super) fn hold(&mut self, reason: String) -> Done {
        let Actor::Clerk { name, .. } = self.actor else {
            return refuse("Eine Sperre setzt die Leitung.");
        };
        if self.case.keeping.hold.is_some() {
            return refuse("Der Vorgang ist schon gesperrt.");
        }
        if reason.trim().is_empty() {
            return refuse("Schreiben Sie, warum nichts gelöscht werden darf.");
        }
        self.case.keeping.hold = Some(Hold {
            since: self.now,
            by: name.clone(),
            reason: reason.clone(),
        });
        self.inside("hold", reason)
    }

    pub(super) fn lift_hold(&mut self, reason: String) -> Done {
        if reason.trim().is_empty() {
            return refuse("Schreiben Sie, warum die Sperre nicht mehr nötig ist.");
        }
        match self.case.keeping.hold.take() {
            Some(_) => self.inside("hold_lifted", reason),
            None => refuse("Der Vorgang ist nicht gesperrt."),
        }
    }

    /// By the daily run: these answers have had their time. Their names stay, with the day.
    pub(super) fn erase_answers(&mut self, paths: Vec<String>) -> Done {
        self.free()?;
        let today = date_of(self.now);
        for path in paths {
            let gone = take(&mut self.case.answers, &path);
            let below = |other: &str| {
                other
                    .strip_prefix(path.as_str())
                    .is_some_and(|r| r.is_empty() || r.starts_with('.'))
            };
            if let Some(identity) = &mut self.case.identity {
                identity.no_longer(std::slice::from_ref(&path));
            }
            self.case.before.retain(|other, _| !below(other));
            self.case.changed.retain(|(other, _)| !below(other));
            // The address for mails is an answer, too.
            if gone.as_ref().and_then(Value::as_str) == self.case.email.as_deref() {
                self.case.email = None;
            }
            if gone.is_some() {
                self.case.keeping.erased.push((path, today));
            }
        }
        self.inside("answers_erased", "")
    }

    /// After every action: when a case came to its end, and that it did not after all.
    pub(super) fn mind_the_end(&mut self, was_settled: bool, known: jiff::Timestamp) {
        let settled = self.case.is_settled();
        let keeping = &mut self.case.keeping;
        match (settled, keeping.ended) {
            (true, None) => keeping.ended = Some(if was_settled { known } else { self.now }),
            (true, Some(_)) => {}
            (false, _) => {
                keeping.ended = None;
                keeping.stage = Stage::Kept;
            }
        }
    }
}

/// Takes the value at a dotted path out of the answers.
fn take(answers: &mut Value, path: &str) -> Option<Value> {
    let (last, way) = path
        .rsplit_once('.')
        .map_or((path, None), |(way, last)| (last, Some(way)));
    let table = match way {
        Some(way) => way.split('.').try_fold(answers, |v, key| v.get_mut(key))?,
        None => answers,
    };
    table.as_object_mut()?.remove(last)
}
