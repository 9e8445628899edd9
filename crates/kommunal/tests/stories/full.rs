//! However many networks it comes from: what one authority takes in within an hour has an end, people are told when to come
//! back, the operator is told, and a clerk is not held back.

use store::{Hourly, Mail};

use crate::actors::errors;
use crate::both;
use crate::decide::case_of;
use crate::town::Town;

async fn health(town: &Town) -> serde_json::Value {
    let page = town.browser().get("/health").await;
    serde_json::from_str(&page.text()).expect("JSON")
}

both! {
    limited:
    /// Applications: the last that fits is taken, the next is told to wait, an hour later all is as before.
    async fn an_inbox_takes_so_many_an_hour(town: Town) {
        let mut club = town.club();
        let example = club.example("brauchtumsfeuer", "");
        town.on(example.today);
        let receipt = club.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let case = case_of(&town, "nobitz", &receipt).await;
        let nobitz = town.authority("nobitz").await;
        assert_eq!(health(&town).await["full"], 0);
        // From everywhere else, in the same hour.
        let now = town.now();
        let others = Hourly::Submissions.most() - 2;
        let flood = nobitz.write(move |t| {
            for n in 0..others {
                let mut other = case.clone();
                other.id = domain::CaseId(format!("{:032x}", n + 1));
                other.reference = format!("NOB-FEUER-26-{n:05}");
                t.insert_case(&other, "2345-6789-ABCD", &[], &domain::Actor::Applicant, now)?;
            }
            Ok::<_, store::Error>(())
        });
        flood.await.expect("written");
        let mut last = town.club();
        last.applies("nobitz", "brauchtumsfeuer", &example.answers).await;
        let mut more = town.club();
        more.fill("nobitz", "brauchtumsfeuer", &example.answers).await;
        let refused = more.send("nobitz", "brauchtumsfeuer").await;
        assert_eq!(refused.status, 503, "{}", errors(&refused.text()));
        assert!(refused.text().contains("in einer Stunde noch einmal"), "{}", refused.text());
        assert!(refused.head.contains("retry-after: 3600"), "{}", refused.head);
        assert_eq!(health(&town).await["full"], 1);
        let log = String::from_utf8_lossy(&crate::town::LOG.lock().expect("the log")).into_owned();
        assert!(log.contains("intake.full") && log.contains("submissions"), "the operator is told");
        // The same draft, an hour later.
        town.pass(3601).await;
        let sent = more.send("nobitz", "brauchtumsfeuer").await;
        assert_eq!(sent.status, 303, "{}", errors(&sent.text()));
        assert_eq!(health(&town).await["full"], 0);
    }
}

both! {
    limited:
    /// Begun applications and files, by place; a clerk begins one all the same.
    async fn drafts_and_files_have_an_end_too(town: Town) {
        let drafts = town.app.store.drafts();
        let place: domain::Ags = "16077036".into();
        let now = town.now();
        let mut begun = Vec::new();
        for _ in 0..Hourly::Drafts.most() {
            let (drafts, place) = (drafts.clone(), place.clone());
            begun.push(tokio::spawn(async move { drafts.create(&place, "brauchtumsfeuer", serde_json::json!({}), now).await }));
        }
        for one in begun {
            one.await.expect("a task").expect("a draft");
        }
        assert_eq!(drafts.full(&place, 0, now).await.expect("read"), Some(Hourly::Drafts));
        let mut club = town.club();
        let first = "/nobitz/brauchtumsfeuer/antrag";
        let begin = club.browser.get(first).await;
        assert!([200, 303].contains(&begin.status));
        let example = club.example("brauchtumsfeuer", "");
        let service = town.app.services.latest("brauchtumsfeuer").expect("the service");
        let page = service.form.pages.first().expect("a page");
        let refused = club.answers_page(&format!("{first}/{}", page.id), page, &example.answers).await;
        assert!(refused.status == 503 && refused.text().contains("in einer Stunde"), "{} {}", refused.status, refused.text());
        let mut desk = town.clerk("s.krell@nobitz.example").await;
        let entry = [("ort", place.as_str()), ("leistung", "brauchtumsfeuer"), ("weg", "paper"), ("eingang", "24.11.2026")];
        let begun = desk.post("/amt/neu", &entry).await;
        assert!(begun.status == 303, "{} {}", begun.status, errors(&begun.text()));
        let elsewhere: domain::Ags = "16077001".into();
        assert_eq!(drafts.full(&elsewhere, 0, now).await.expect("read"), None, "another place is not full");
        let later = now + jiff::SignedDuration::from_secs(3601);
        assert_eq!(drafts.full(&place, 0, later).await.expect("read"), None);

        // Files: of the place's drafts, and of the authority.
        let mb = 1 << 20;
        let most = usize::try_from(Hourly::Megabytes.most()).expect("a number") * mb;
        assert_eq!(drafts.full(&place, most, now).await.expect("read"), None);
        assert_eq!(drafts.full(&place, most + mb, now).await.expect("read"), Some(Hourly::Megabytes));
        let nobitz = town.authority("nobitz").await;
        let full = move |t: &store::TenantTx<'_>| {
            Ok::<_, store::Error>((t.full(most, now)?, t.full(most + 1, now)?, t.full_of_files(0, now)?))
        };
        assert_eq!(nobitz.read(full).await.expect("read"), (None, Some(Hourly::Megabytes), None));
    }
}

both! {
    limited:
    /// Mails beyond the hour's number wait, and none is lost.
    async fn mails_wait_for_the_next_hour(town: Town) {
        let nobitz = town.authority("nobitz").await;
        let now = town.now();
        let mail = |n: i64| Mail { to: format!("{n}@lindenhof.example"), subject: "Probe".into(), text: "Probe".into() };
        let most = Hourly::Mails.most();
        let flood = nobitz.write(move |t| {
            for n in 0..most + 1 {
                t.queue_mail(&format!("probe-{n}"), &mail(n), now)?;
            }
            for n in 0..most {
                t.mail_sent(&format!("probe-{n}"), now)?;
            }
            t.mails_left(now)
        });
        assert_eq!(flood.await.expect("written"), 0);
        let (port, taken) = crate::smtp::server().await;
        let worker = crate::worker::smtp_worker(&town, port, std::time::Duration::from_secs(5));
        worker.housekeeping(now).await;
        assert_eq!(worker.send_due().await, 0);
        assert!(taken.lock().expect("a list").is_empty(), "it waits");
        town.pass(3601).await;
        worker.housekeeping(town.now()).await;
        assert!(worker.send_due().await >= 1);
        let got = taken.lock().expect("a list").clone();
        assert!(got.iter().any(|(to, _)| *to == format!("{most}@lindenhof.example")), "{got:?}");
    }
}
