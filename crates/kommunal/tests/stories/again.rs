//! Jobs that run twice, or later than what they are about: the work is done once, and a mail tells its deed.

use domain::{Action, Actor, CaseId};
use store::{CaseFilter, Tab, TenantStore};

use crate::actors::{Browser, Receipt};
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

const KRELL: &str = "s.krell@nobitz.example";
const NOBITZ: &str = "nobitz";
const DISTRICT: &str = "lk-altenburger-land";

/// From now on no job is ever done: as if the worker died each time between the work and its tick.
async fn forget_what_is_done(town: &Town) {
    let lite = "create trigger keep before delete on job begin select raise(ignore); end;";
    let postgres = "create function keep() returns trigger language plpgsql as $$ begin return null; end $$; \
                    create trigger keep before delete on job for each row execute function keep();";
    town.tamper(NOBITZ, lite, postgres).await;
    town.tamper(DISTRICT, lite, "select 1").await;
}

async fn tick_again(town: &Town) {
    town.tamper(
        NOBITZ,
        "drop trigger keep",
        "drop trigger keep on job; drop function keep()",
    )
    .await;
    town.tamper(DISTRICT, "drop trigger keep", "select 1").await;
}

/// What an authority's jobs have left: letters, history, mails, questions of others.
async fn left(tenant: &TenantStore) -> Vec<String> {
    let all = CaseFilter {
        tab: Tab::All,
        size: 200,
        ..CaseFilter::default()
    };
    let mut out = tenant
        .read(move |t| {
            let mut out = Vec::new();
            for row in t.cases(&all)?.rows {
                out.extend(
                    t.letters(&row.id)?
                        .iter()
                        .map(|l| format!("letter {} {}", row.id, l.kind)),
                );
                let history = t.history(&row.id)?;
                out.extend(
                    history
                        .iter()
                        .map(|e| format!("event {} {} {}", row.id, e.kind, e.text)),
                );
            }
            out.extend(t.mails(500)?.iter().map(|m| format!("mail {}", m.id)));
            out.extend(t.incoming_consultations()?.iter().map(|c| format!("asked {}", c.id)));
            Ok::<_, store::Error>(out)
        })
        .await
        .expect("what is left");
    out.sort();
    out
}

/// Lets some time pass and does each job that falls due twice.
async fn twice(town: &Town, seconds: i64) -> Vec<String> {
    forget_what_is_done(town).await;
    town.pass(seconds).await;
    let both = async || {
        let mut all = left(&town.authority(NOBITZ).await).await;
        all.extend(left(&town.authority(DISTRICT).await).await);
        all
    };
    let once = both().await;
    tick_again(town).await;
    // The claims lapse.
    for _ in 0..2 {
        town.pass(301).await;
    }
    assert_eq!(both().await, once, "done twice, told once");
    once
}

/// A hall that is hired; the clerk has the case and wants mails at once.
async fn hire(town: &Town) -> (Browser, Receipt, CaseId, Browser) {
    let mut club = town.club();
    let example = club.example("raumnutzung", "");
    town.on(example.today);
    let receipt = club.applies(NOBITZ, "raumnutzung", &example.answers).await;
    let id = case_of(town, NOBITZ, &receipt).await.id;
    let mut desk = town.clerk(KRELL).await;
    assert_eq!(
        desk.post(&format!("/amt/v/{id}/zuweisen"), &[("was", "ich")])
            .await
            .status,
        303
    );
    let prefs = [("immediate", "1"), ("shortcuts", "1")];
    assert_eq!(desk.post("/amt/konto", &prefs).await.status, 303);
    (club.browser, receipt, id, desk)
}

async fn ask(desk: &mut Browser, id: &CaseId) {
    let asked = desk
        .post(
            &format!("/amt/v/{id}/rueckfrage"),
            &[("text", "Wer hat den Schlüssel?"), ("bis", "1")],
        )
        .await;
    assert_eq!(asked.status, 303, "{}", asked.text());
}

async fn reply(club: &mut Browser, receipt: &Receipt) {
    let path = format!("/v/{}/ergaenzen", receipt.reference);
    let words = [("_text".to_owned(), "Frau Goldammer.".to_owned())];
    let sent = club.post_form(&path, &words, &[]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
}

async fn mails(town: &Town, start: &str) -> usize {
    let mails = town.mails(NOBITZ).await;
    mails.iter().filter(|m| m.id.starts_with(start)).count()
}

both! {
    async fn each_job_that_runs_twice_does_its_work_once(town: Town) {
        let (mut club, receipt, id, mut desk) = hire(&town).await;
        twice(&town, 0).await;
        ask(&mut desk, &id).await;
        twice(&town, 0).await;
        reply(&mut club, &receipt).await;
        twice(&town, 0).await;
        assert_eq!(desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await.status, 303);
        twice(&town, 11).await;
        // The payment is due in thirty days.
        twice(&town, 40 * 24 * 3600).await;
        let (nobitz, now, case) = (town.authority(NOBITZ).await, town.now(), id.clone());
        nobitz.write(move |t| t.act(&case, Action::Remind, &Actor::System, now)).await.expect("a reminder");
        let all = twice(&town, 0).await;
        for wanted in ["receipt", "receipt_copy", "question"] {
            assert!(all.contains(&format!("letter {id} {wanted}")), "{wanted}: {all:?}");
        }
        for wanted in ["received", "question", "answered", "decision", "reminder"] {
            assert!(all.iter().any(|l| l.starts_with(&format!("mail {wanted}:{id}"))), "{wanted}: {all:?}");
        }

        let mut club = town.club();
        let bonfire = club.example("brauchtumsfeuer", "");
        town.on(bonfire.today);
        let receipt = club.applies(NOBITZ, "brauchtumsfeuer", &bonfire.answers).await;
        let old = case_of(&town, NOBITZ, &receipt).await.id;
        twice(&town, 0).await;
        let pairs = [("an", DISTRICT), ("grund", "Der Platz liegt im Wald.")];
        assert_eq!(desk.post(&format!("/amt/v/{old}/abgeben"), &pairs).await.status, 303);
        let all = twice(&town, 0).await;
        let told = all.iter().filter(|l| l.starts_with(&format!("event {old} handed_over"))).count();
        assert_eq!(told, 1, "{all:?}");
    }
}

both! {
    /// A reply of words alone changes no field; the clerk is told of it all the same.
    async fn each_reply_is_told_to_the_clerk(town: Town) {
        let (mut club, receipt, id, mut desk) = hire(&town).await;
        for n in 1..=2 {
            ask(&mut desk, &id).await;
            town.pass(60).await;
            reply(&mut club, &receipt).await;
            town.pass(60).await;
            assert_eq!(mails(&town, "answered:").await, n);
        }
    }
}

both! {
    /// Whoever has answered or paid is not asked to.
    async fn a_mail_that_comes_too_late_is_not_sent(town: Town) {
        let (mut club, receipt, id, mut desk) = hire(&town).await;
        town.work().await;
        ask(&mut desk, &id).await;
        reply(&mut club, &receipt).await;
        town.work().await;
        assert_eq!(mails(&town, "question:").await, 0, "it is answered");
        assert_eq!(desk.post(&format!("/amt/v/{id}/genehmigen"), &[]).await.status, 303);
        town.pass(11).await;
        town.pass(40 * 24 * 3600).await;
        let (nobitz, now) = (town.authority(NOBITZ).await, town.now());
        nobitz
            .write(move |t| {
                t.act(&id, Action::Remind, &Actor::System, now)?;
                t.act(&id, Action::Paid, &Actor::System, now)
            })
            .await
            .expect("a payment");
        town.work().await;
        assert_eq!(mails(&town, "reminder:").await, 0, "it is paid");
    }
}
