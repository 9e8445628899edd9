//! Approving a version as the second person, giving it back, withdrawing it. Each writes its event to the competence
//! centre's log; the store refuses whoever would approve what is their own.

use axum::extract::{Form, Path, State};
use axum::response::Response;
use store::{ByCentre, Unapproved, VersionDeed};

use crate::cockpit::session::Centre;
use crate::cockpit::version_page::{Looked, look, render};
use crate::cockpit::versions::href;
use crate::failure::{Failure, Result};
use crate::office::fields::{Faults, Typed, read_needed};
use crate::reply::{redirect, with};
use crate::req::Req;
use crate::state::App;

/// Characters of a reason at most.
const LONGEST: usize = 1000;

/// What was sent.
type Sent = Vec<(String, String)>;

fn typed(sent: Sent) -> Typed {
    let mut typed = Typed::default();
    for (name, value) in sent {
        typed.put(name, value);
    }
    typed
}

/// A page that was sent, and what is wrong with it.
struct Page<'a> {
    app: &'a App,
    centre: &'a Centre,
    req: &'a Req,
    looked: Looked,
    typed: Typed,
    faults: Faults,
}

impl<'a> Page<'a> {
    async fn of(app: &'a App, centre: &'a Centre, req: &'a Req, id: &str, sent: Sent) -> Result<Page<'a>> {
        Ok(Page {
            app,
            centre,
            req,
            looked: look(app, id).await?,
            typed: typed(sent),
            faults: Faults::default(),
        })
    }

    async fn again(&self) -> Result<Response> {
        let Page {
            app,
            centre,
            req,
            looked,
            typed,
            faults,
        } = self;
        render(app, centre, req, looked, typed, faults).await
    }

    /// The reason that a field gives; `missing`: there is none.
    fn why(&mut self, field: &str, missing: &str) -> Option<String> {
        let read = read_needed(self.typed.get(field), LONGEST, missing);
        self.faults.take(field, read)
    }

    /// Does it: on to the version's page with a word, or the page again with why not at this field.
    async fn decide(mut self, deed: Option<VersionDeed>, (field, done): (&str, &str)) -> Result<Response> {
        let Some(deed) = deed.filter(|_| self.faults.is_empty()) else {
            return self.again().await;
        };
        let (app, id) = (self.app, self.looked.version.id.clone());
        let by = ByCentre {
            tenant: &self.centre.0.tenant,
            clerk: Some(&self.centre.0.clerk),
        };
        match app.store.decide_version(by, &id, deed, app.now()).await {
            Ok(version) => {
                app.services.look_now(app.now()).await?;
                Ok(redirect(&with(&href(&version.id), &format!("ok={done}"))))
            }
            Err(Unapproved::Store(error)) => Err(error.into()),
            Err(Unapproved::Unknown) => Err(Failure::Page),
            Err(why) => {
                self.faults.add(field, why.to_string());
                // Somebody else may have decided meanwhile.
                self.looked = look(app, &id).await?;
                self.again().await
            }
        }
    }
}

pub async fn approve(
    State(app): State<App>,
    centre: Centre,
    Path(id): Path<String>,
    req: Req,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    let mut page = Page::of(&app, &centre, &req, &id, sent).await?;
    let day = schema::typed::date(page.typed.get("ab"));
    let day = page
        .faults
        .take("ab", day.ok_or_else(|| "Nennen Sie den Tag so: 04.01.2027.".to_owned()));
    if !page.typed.has("gelesen") {
        page.faults
            .add("gelesen", "Bestätigen Sie, dass Sie alle Änderungen gelesen haben.");
    }
    if !page.typed.has("recht") {
        page.faults.add("recht", "Bestätigen Sie, dass das Recht stimmt.");
    }
    if !page.looked.may_be_approved() {
        page.faults
            .add("ab", "Freigeben können Sie, sobald alle Beispiele bestehen.");
    }
    page.decide(day.map(VersionDeed::Approve), ("ab", "freigegeben")).await
}

pub async fn refuse(
    State(app): State<App>,
    centre: Centre,
    Path(id): Path<String>,
    req: Req,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    let mut page = Page::of(&app, &centre, &req, &id, sent).await?;
    let why = page.why("anmerkung", "Schreiben Sie, was sich ändern muss.");
    page.decide(why.map(VersionDeed::Refuse), ("anmerkung", "zurueckgegeben"))
        .await
}

pub async fn withdraw(
    State(app): State<App>,
    centre: Centre,
    Path(id): Path<String>,
    req: Req,
    Form(sent): Form<Sent>,
) -> Result<Response> {
    let mut page = Page::of(&app, &centre, &req, &id, sent).await?;
    let missing = "Schreiben Sie den Grund. Er steht überall dort, wo jemand auf die Version trifft.";
    let why = page.why("grund", missing);
    page.decide(why.map(VersionDeed::Withdraw), ("grund", "zurueckgezogen"))
        .await
}
