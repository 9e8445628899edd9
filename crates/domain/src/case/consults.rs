//! Other offices that are heard: asked, reminded, their answers, questions taken back.

use serde_json::json;

use super::apply::{Done, Step, refuse};

impl Step<'_> {
    pub(super) fn consulted(&mut self, who: String) -> Done {
        if !self.case.state.is_open() || self.case.decision.is_some() {
            return refuse("Beteiligen geht nur, solange noch nicht entschieden ist.");
        }
        self.begun()?;
        self.case.consults.open += 1;
        self.seen("consulted", who)
    }

    pub(super) fn consult_answered(&mut self, who: &str, verdict: &str, agrees: bool, asked: bool) -> Done {
        self.case.consults.unread += 1;
        if asked {
            self.one_less();
            self.case.consults.objections += u32::from(!agrees);
        }
        // The decision was made without it: the desk is told in other words.
        let late = self.case.decision.is_some();
        self.case.consults.late += u32::from(late);
        let kind = match (asked, late) {
            // No longer asked for, and yet somebody has to know what it says.
            (false, _) => "consult_unasked",
            (true, true) => "consult_late",
            (true, false) => "consult_answered",
        };
        self.inside(kind, format!("{who}\n{verdict}"))?;
        let payload = json!({ "case": self.case.id.0, "who": who, "at": self.now.as_millisecond(), "kind": kind });
        self.job_with("mail_consult_answered", payload, self.now)
    }

    pub(super) fn consult_revoked(&mut self, who: String) -> Done {
        self.one_less();
        self.inside("consult_revoked", who)
    }

    fn one_less(&mut self) {
        let open = &mut self.case.consults.open;
        *open = open.saturating_sub(1);
    }
}
