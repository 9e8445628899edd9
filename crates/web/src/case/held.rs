//! Files of an answer that is not sent yet. They lie sealed in a draft of their own, whose link only the browser has
//! that chose them, until the answer goes out: a page that comes back with an error loses none.

use axum::response::Response;
use domain::{PaperRef, Question};
use jiff::Timestamp;
use schema::{FieldError, Kind};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{Draft, PaperInfo, Resume};

use crate::apply::draft::KEPT_SECONDS;
use crate::apply::upload::{self, Posted, Stored, Upload};
use crate::case::access::Seen;
use crate::failure::{Failure, Result};
use crate::req::{Req, set_cookie};
use crate::state::App;

/// Sent only to the answer page of one case.
const COOKIE: &str = "antwort";
/// What a paper that is asked for in words may be.
const ACCEPT: [&str; 3] = ["pdf", "jpg", "png"];
const MAX_MB: u32 = 10;

/// One file, with the field that it was chosen in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct File {
    field: String,
    info: PaperInfo,
    /// Not in the draft yet.
    #[serde(skip)]
    fresh: Option<Vec<u8>>,
}

/// What the draft says: files of this question only.
#[derive(Serialize, Deserialize)]
struct Kept {
    case: String,
    asked_at: Timestamp,
    files: Vec<File>,
}

/// The files that were chosen so far.
#[derive(Default)]
pub struct Held {
    draft: Option<Draft>,
    files: Vec<File>,
    changed: bool,
}

/// The field of a paper that is asked for in words.
pub fn paper_field(i: usize) -> String {
    format!("unterlage.{i}")
}

impl Held {
    /// Those that this browser chose for this question.
    pub async fn load(app: &App, req: &Req, seen: &Seen, question: &Question) -> Result<Held> {
        let Some(link) = req.cookie(COOKIE) else {
            return Ok(Held::default());
        };
        let Resume::Found(draft) = app.store.drafts().by_link(link, app.now()).await? else {
            return Ok(Held::default());
        };
        match serde_json::from_value::<Kept>(draft.data.clone()) {
            Ok(kept) if kept.case == seen.case.id.0 && kept.asked_at == question.asked_at => Ok(Held {
                draft: Some(*draft),
                files: kept.files,
                changed: false,
            }),
            _ => Ok(Held::default()),
        }
    }

    pub fn at(&self, field: &str) -> Option<&PaperInfo> {
        self.files.iter().find(|f| f.field == field).map(|f| &f.info)
    }

    /// Fields and files.
    pub fn all(&self) -> impl Iterator<Item = (&str, &PaperInfo)> {
        self.files.iter().map(|f| (f.field.as_str(), &f.info))
    }

    pub fn remove(&mut self, field: &str) {
        let before = self.files.len();
        self.files.retain(|f| f.field != field);
        self.changed |= self.files.len() != before;
    }

    /// Takes the posted files: of file questions that were asked, and papers asked for in words. One that is not taken
    /// gets an error at its field.
    pub async fn take(
        &mut self,
        app: &App,
        req: &Req,
        seen: &Seen,
        question: &Question,
        posted: &Posted,
    ) -> Vec<FieldError> {
        let mut errors = Vec::new();
        for (n, file) in posted.files.iter().enumerate() {
            // One file a field: what else comes under its name was not asked for.
            if posted.files[..n].iter().any(|earlier| earlier.field == file.field) {
                continue;
            }
            let Some((by, called)) = asked_for(seen, question, &file.field) else {
                continue;
            };
            match self.check(app, req, &by, file).await {
                Ok(media_type) => {
                    let info = upload::info(app, &called, &file.name, media_type, &file.bytes);
                    self.remove(&file.field);
                    self.files.push(File {
                        field: file.field.clone(),
                        info,
                        fresh: Some(file.bytes.clone()),
                    });
                    self.changed = true;
                }
                Err(message) => errors.push(FieldError {
                    field: file.field.clone(),
                    kind: schema::ErrorKind::Paper,
                    message,
                }),
            }
        }
        errors
    }

    async fn check(
        &self,
        app: &App,
        req: &Req,
        by: &schema::Question,
        file: &Upload,
    ) -> std::result::Result<&'static str, String> {
        let media_type = upload::check(app, by, &file.name, &file.bytes, req.lang).await?;
        let others = self.files.iter().filter(|f| f.field != file.field).map(|f| Stored {
            id: f.info.id.clone(),
            size: f.info.size.unsigned_abs(),
        });
        match upload::room_for(others, file.bytes.len()) {
            true => Ok(media_type),
            false => Err(upload::no_room(&app.texts, &file.name, req.lang)),
        }
    }

    /// As the case takes them.
    pub async fn papers(&self, app: &App) -> Result<Vec<(PaperRef, Vec<u8>)>> {
        let mut papers = Vec::new();
        for file in &self.files {
            let bytes = match (&file.fresh, &self.draft) {
                (Some(bytes), _) => Some(bytes.clone()),
                (None, Some(draft)) => {
                    let found = app.store.drafts().paper(draft, &file.info.id).await?;
                    found.map(|(_, bytes)| bytes)
                }
                (None, None) => None,
            };
            // Gone in between: another window changed them.
            papers.push((file.info.clone().named(), bytes.ok_or(Failure::Busy)?));
        }
        Ok(papers)
    }

    /// Keeps them for the next post; the page that comes back carries their link.
    pub async fn keep(mut self, app: &App, seen: &Seen, question: &Question, response: &mut Response) -> Result<()> {
        if !self.changed {
            return Ok(());
        }
        let drafts = app.store.drafts();
        let mut draft = match self.draft.take() {
            Some(draft) => draft,
            None => {
                let (place, service) = (seen.offer.place.ags(), &seen.service.id);
                let new = drafts.create(place, service, json!({}), app.now()).await?;
                set_link(response, app, seen, &new.link, KEPT_SECONDS);
                new.draft
            }
        };
        for file in &mut self.files {
            if let Some(bytes) = file.fresh.take() {
                drafts.put_paper(&draft, file.info.clone(), bytes).await?;
            }
        }
        let ids: Vec<_> = self.files.iter().map(|f| f.info.id.clone()).collect();
        let kept = Kept {
            case: seen.case.id.0.clone(),
            asked_at: question.asked_at,
            files: self.files,
        };
        draft.data = serde_json::to_value(&kept).map_err(Failure::internal)?;
        match drafts.save(&mut draft, &ids, app.now()).await? {
            true => Ok(()),
            false => Err(Failure::Busy),
        }
    }

    /// The answer is at the office, with its files.
    pub async fn sent(self, app: &App, seen: &Seen, response: &mut Response) -> Result<()> {
        if let Some(draft) = self.draft {
            app.store.drafts().delete(&draft.id).await?;
            set_link(response, app, seen, "", 0);
        }
        Ok(())
    }
}

fn set_link(response: &mut Response, app: &App, seen: &Seen, link: &str, seconds: i64) {
    let path = format!("/v/{}/ergaenzen", seen.case.reference);
    set_cookie(response, COOKIE, link, &path, seconds, app.config.secure_cookies);
}

/// The question that a file of this field answers, and what the case calls it.
fn asked_for(seen: &Seen, question: &Question, field: &str) -> Option<(schema::Question, String)> {
    if question.fields.iter().any(|(path, _)| path == field) {
        let asked = schema::question(&seen.service, field)?;
        return matches!(asked.kind, Kind::File { .. }).then(|| (asked.clone(), field.to_owned()));
    }
    let at = (0..question.papers.len()).find(|i| paper_field(*i) == field)?;
    let loose = schema::Question {
        id: field.to_owned(),
        kind: Kind::File {
            accept: ACCEPT.map(str::to_owned).to_vec(),
            max_mb: MAX_MB,
        },
        optional: false,
        may_stay_open: false,
        retention: None,
        personal: true,
        when: None,
        reveal: false,
        legal_basis: Vec::new(),
        sample: Vec::new(),
    };
    Some((loose, question.papers[at].clone()))
}
