//! What is no case goes, too, when its time is over: mails, messages about the pages, questions of other offices, whoever
//! left an account or never came, and accounts that nobody uses. How long is data.

use jiff::ToSpan as _;
use store::{Feedback, TenantStore};

use crate::both;
use crate::decide::case_of;
use crate::konto::{SOMMER, club, comes_in, joins};
use crate::town::Town;

const STRANGER: &str = "nieda.gewesen@fremd.example";
const ALBRECHT: &str = "j.albrecht@lindenhof.example";
const DISTRICT: &str = "lk-altenburger-land";
const DAY: i64 = 24 * 3600;

fn kept(town: &Town, name: &str) -> i64 {
    domain::deadline::kept_days(&town.app.region, name).expect("a period")
}

/// So much later, with the house kept.
async fn later(town: &Town, seconds: i64) {
    town.pass(seconds).await;
    town.worker.housekeeping(town.now()).await;
}

async fn accounts(town: &Town) -> Vec<TenantStore> {
    let mut all = Vec::new();
    for tenant in town.app.store.shared().tenants().await.expect("tenants") {
        if tenant.level == store::ACCOUNT && tenant.id.as_str() != "konto-post" {
            all.push(town.authority(tenant.id.as_str()).await);
        }
    }
    all
}

/// Everything that mails and jobs of everybody say, opened with the keys.
async fn written(town: &Town) -> String {
    let mut text = String::new();
    for tenant in town.app.store.shared().tenants().await.expect("tenants") {
        let read = |t: &store::TenantTx<'_>| Ok::<_, store::Error>((crate::canaries::everything(t)?, t.dead_jobs()?));
        text += &format!(
            "{:?}",
            town.authority(tenant.id.as_str())
                .await
                .read(read)
                .await
                .expect("opened")
        );
    }
    text
}

both! {
    /// Anybody's address may be typed there: what was written to it goes with the link, whether it was sent or not.
    async fn a_link_by_mail_leaves_no_address(town: Town) {
        let asked = town.browser().post("/konto/anmelden", &[("mail", STRANGER)]).await;
        assert_eq!(asked.status, 200);
        town.work().await;
        assert!(written(&town).await.contains(STRANGER), "there while it opens");
        later(&town, 19 * 60).await;
        assert!(written(&town).await.contains(STRANGER), "not a minute early");
        // One more whose mail was never made.
        town.browser().post("/konto/anmelden", &[("mail", "x.gewesen@fremd.example")]).await;
        let post = town.authority("konto-post").await;
        assert!(post.read(|t| t.next_job_due()).await.expect("read").is_some());
        town.at(&(town.now() + jiff::SignedDuration::from_mins(21)).to_string());
        town.worker.housekeeping(town.now()).await;
        assert!(post.read(|t| t.next_job_due()).await.expect("read").is_none(), "no job is left that holds an address");
        town.work().await;
        assert!(!written(&town).await.contains("gewesen@fremd.example"), "{}", written(&town).await);
        assert!(post.read(|t| t.mails(10)).await.expect("mails").is_empty());
    }
}

both! {
    /// At an authority: mails sent and not sent, a visitor's message, what another office asked.
    async fn mails_and_messages_go_after_their_time(town: Town) {
        let mut applicant = town.club();
        let example = applicant.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = applicant.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        town.work().await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let until = web::format::date(town.app.today().saturating_add(3.days()));
        let pairs = [("an", DISTRICT), ("frage", "Gab es dort Einsätze?"), ("bis", until.as_str()), ("feld", "event.date")];
        let asked = town.clerk("s.krell@nobitz.example").await.post(&format!("/amt/v/{}/beteiligen", case.id), &pairs).await;
        assert_eq!(asked.status, 303, "{}", asked.text());
        town.work().await;
        let (nobitz, district) = (town.authority("nobitz").await, town.authority(DISTRICT).await);
        let words = Feedback {
            id: "f1".into(), at: town.now(), kind: "general".into(), page: "/".into(),
            text: "Die Schrift ist klein.".into(), contact: STRANGER.into(),
        };
        nobitz.write(move |t| t.put_feedback(&words)).await.expect("written");
        let (sent, unsent, now) = ("probe-sent", "probe-unsent", town.now());
        let queue = move |t: &mut store::TenantTx<'_>| {
            for id in [sent, unsent] {
                let mail = store::Mail {
                    to: STRANGER.into(),
                    subject: "Probe".into(),
                    text: "Probe".into(),
                };
                t.queue_mail(id, &mail, now)?;
            }
            t.mail_sent(sent, now)
        };
        nobitz.write(queue).await.expect("written");
        let is_there = async |id: &str| town.mails("nobitz").await.iter().any(|m| m.id == id);

        later(&town, (kept(&town, "mail_sent") - 1) * DAY).await;
        assert!(is_there(sent).await, "not a day early");
        later(&town, DAY).await;
        assert!(!is_there(sent).await, "sent long ago");
        assert!(is_there(unsent).await, "it may be tried again");
        later(&town, (kept(&town, "mail_lost") - kept(&town, "mail_sent")) * DAY).await;
        assert!(!is_there(unsent).await, "given up long ago");

        assert_eq!(nobitz.read(|t| t.feedback(10)).await.expect("read").len(), 1);
        later(&town, (kept(&town, "feedback") - kept(&town, "mail_lost")) * DAY).await;
        assert!(nobitz.read(|t| t.feedback(10)).await.expect("read").is_empty());
        assert_eq!(district.read(|t| t.incoming_consultations()).await.expect("read").len(), 1);
        later(&town, kept(&town, "question_of_others") * DAY).await;
        assert!(district.read(|t| t.incoming_consultations()).await.expect("read").is_empty());
        let log = district.read(|t| t.audit_rows(0, 1000)).await.expect("the log");
        assert!(log.iter().any(|r| r.event == "consultation.erased"));
        assert!(nobitz.read(move |t| t.case(&case.id)).await.expect("read").is_some(), "a case goes its own way");
    }
}

both! {
    /// Whoever left, and whoever never said yes, is forgotten with the log-in; the chair stays.
    async fn who_left_an_account_is_forgotten(town: Town) {
        let mut chair = club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let last = web::format::date(town.app.today().saturating_add(10.days()));
        let mut gone = joins(&town, &mut chair, ALBRECHT, &[("rolle", "member"), ("bis", &last)]).await;
        let phone = gone.post("/konto/angaben", &[("contact.phone", "03447 98765")]).await;
        assert_eq!(phone.status, 303, "{}", phone.text());
        let invited = [("name", "Nie Da"), ("mail", STRANGER), ("rolle", "member")];
        assert_eq!(chair.post("/konto/personen/neu", &invited).await.status, 303);
        town.work().await;
        let account = accounts(&town).await.remove(0);
        let people = || async { account.read(|t| t.members()).await.expect("members").into_iter().map(|m| m.email).collect::<Vec<_>>() };

        later(&town, (kept(&town, "invitation") - 1) * DAY).await;
        assert!(people().await.contains(&STRANGER.to_owned()), "not a day early");
        // Asked once more, it counts anew.
        let (mut chair, _) = comes_in(&town, SOMMER).await;
        assert_eq!(chair.post("/konto/personen/neu", &invited).await.status, 303);
        later(&town, 2 * DAY).await;
        assert!(people().await.contains(&STRANGER.to_owned()), "the invitation is a new one");
        later(&town, kept(&town, "invitation") * DAY).await;
        assert!(!people().await.contains(&STRANGER.to_owned()));
        let (_, to) = comes_in(&town, STRANGER).await;
        assert!(to.starts_with("/konto/neu"), "nothing waits for who was forgotten: {to}");

        later(&town, (kept(&town, "member_left") - kept(&town, "invitation") - 60) * DAY).await;
        assert!(people().await.contains(&ALBRECHT.to_owned()), "not a day early");
        later(&town, 75 * DAY).await;
        assert_eq!(people().await, [SOMMER]);
        assert!(!written(&town).await.contains("03447 98765"), "nor what was filled in with");
    }
}

both! {
    /// Told a month before; a log-in keeps it; then it is gone, with its key and its log-ins.
    async fn an_account_that_nobody_uses_goes(town: Town) {
        club(&town, "Festverein Lindenhof e. V.", SOMMER).await;
        let account = accounts(&town).await.remove(0);
        let told = || async {
            let mails = account.read(|t| t.mails(50)).await.expect("mails");
            mails.iter().filter(|m| m.id.starts_with("account_unused:")).count()
        };
        let (unused, warning) = (kept(&town, "account_unused"), kept(&town, "account_warning"));
        later(&town, (unused - warning - 1) * DAY).await;
        assert_eq!(told().await, 0);
        later(&town, DAY + 60).await;
        let mails = account.read(|t| t.mails(50)).await.expect("mails");
        let mail = mails.iter().find(|m| m.id.starts_with("account_unused:")).expect("a mail");
        let day = web::format::date(town.app.today().saturating_add(warning.days()));
        assert!(mail.mail.to == SOMMER && mail.mail.subject.contains(&day), "{mail:?}");
        town.worker.housekeeping(town.now()).await;
        assert_eq!(told().await, 1, "once");
        // She logs in: it stays.
        assert_eq!(comes_in(&town, SOMMER).await.1, "/konto");
        later(&town, (warning + 1) * DAY).await;
        assert_eq!(accounts(&town).await.len(), 1, "somebody uses it");
        later(&town, (unused - warning) * DAY).await;
        later(&town, (warning - 1) * DAY).await;
        assert_eq!(accounts(&town).await.len(), 1, "not a day early");
        later(&town, 2 * DAY).await;
        assert!(accounts(&town).await.is_empty(), "gone");
        assert!(account.read(|t| t.members()).await.is_err() || account.read(|t| t.members()).await.expect("read").is_empty());
        let (_, to) = comes_in(&town, SOMMER).await;
        assert!(to.starts_with("/konto/neu"), "{to}");
        // The installation's own post office is no account of people.
        assert!(town.app.store.drop_account(&"konto-post".into()).await.is_err());
    }
}

/// What a restore set aside lies there for its time and not for good.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_state_set_aside_goes_after_its_time() {
    let town = Town::sqlite().await;
    let folder = town.folder().join("data/tenants");
    let names = [
        "nobitz.db.vorher-2026-10-25T07-00-00Z",
        "nobitz.db.vorher-2026-10-25T07-00-00Z-wal",
        "nobitz.db.vorher-2026-10-24T07-00-00Z",
        "nobitz.db.vorher-2026-11-01T07-00-00Z",
    ];
    for name in names {
        std::fs::write(folder.join(name), "x").expect("a file");
    }
    town.worker.housekeeping(town.now()).await;
    let left: Vec<_> = names.iter().filter(|n| folder.join(n).exists()).collect();
    assert_eq!(
        left,
        [&names[3]],
        "older than {} days at {}",
        kept(&town, "set_aside"),
        town.now()
    );
    assert!(folder.join("nobitz.db").exists());
}

/// The page shows each period, and none is left out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_register_names_every_period() {
    let town = Town::sqlite().await;
    let page = town
        .clerk("leitung@nobitz.example")
        .await
        .get("/amt/verzeichnis")
        .await
        .text();
    assert!(town.app.region.periods.len() >= 9, "{}", town.app.region.periods.len());
    for id in town.app.region.periods.keys() {
        let days = format!("{}\u{a0}Tage", kept(&town, id));
        assert!(page.contains(&days), "{id}: {days} is not in {page}");
    }
    assert!(
        page.contains("Was neben den Vorgängen liegt") && page.contains("nach 20 Minuten"),
        "{page}"
    );
}
