//! Settings, office, text blocks, consultations, dispatches, mail.

use std::collections::BTreeMap;

use domain::Ags;
use jiff::SignedDuration;
use serde_json::json;
use store::*;

use crate::world::*;

both! {
    async fn opting_in_and_parameters_keep_their_history(w: World) {
        let place = || Ags::from("16077036");
        let later = now() + SignedDuration::from_hours(1);
        w.town.write(move |t| {
            assert!(t.opted_in(&place(), "brauchtumsfeuer")?.is_none());
            t.opt_in(&place(), "brauchtumsfeuer", true, "lead-1", now())?;
            t.opt_in(&place(), "raumnutzung", true, "lead-1", now())?;
            t.opt_in(&place(), "raumnutzung", false, "lead-1", later)?;
            t.opt_in(&"16077012".into(), "raumnutzung", true, "lead-1", now())?;
            t.set_params(&place(), "brauchtumsfeuer", BTreeMap::from([("notice_days".into(), json!(10))]), "lead-1", now())?;
            t.set_params(&place(), "brauchtumsfeuer", BTreeMap::from([("notice_days".into(), json!(14))]), "lead-1", later)
        }).await.unwrap();
        let (mine, all, early, late, none, changes) = w.town.read(move |t| {
            Ok::<_, Error>((
                t.opt_ins(Some(&place()))?, t.opt_ins(None)?,
                t.params(&place(), "brauchtumsfeuer", now())?, t.params(&place(), "brauchtumsfeuer", later)?,
                t.params(&place(), "raumnutzung", later)?, t.changes(Some("16077036"), 10)?,
            ))
        }).await.unwrap();
        let states: Vec<_> = mine.iter().map(|o| (o.service.as_str(), o.active)).collect();
        assert_eq!(states, [("brauchtumsfeuer", true), ("raumnutzung", false)]);
        assert_eq!(all.len(), 3);
        assert_eq!(early.unwrap().params["notice_days"], 10);
        let late = late.unwrap();
        assert_eq!((late.params["notice_days"].clone(), late.n), (json!(14), 2));
        assert!(none.is_none());
        assert_eq!(changes.len(), 5);
        assert_eq!(changes.iter().filter(|c| c.at == later).count(), 2);
        // Newest first, also within one moment.
        let order: Vec<_> = changes.iter().map(|c| (c.area.as_str(), c.item.as_str(), c.after == json!(true))).collect();
        let (feuer, raum) = ("brauchtumsfeuer", "raumnutzung");
        assert_eq!(order, [("params", feuer, false), ("opt_in", raum, false), ("params", feuer, false), ("opt_in", raum, true), ("opt_in", feuer, true)]);
        let set = changes.iter().find(|c| c.area == "params" && c.at == later).unwrap();
        assert_eq!((&set.before["notice_days"], &set.after["notice_days"]), (&json!(10), &json!(14)));
    }

    // Two leads, or one click that counts twice: each waits for the other, and nobody gets an error.
    async fn who_saves_at_once_saves_one_after_the_other(w: World) {
        let place = || Ags::from("16077036");
        let save = |n: i64| {
            let town = w.town.clone();
            tokio::spawn(async move {
                let params = BTreeMap::from([("notice_days".into(), json!(n))]);
                let write = move |t: &mut TenantTx<'_>| {
                    t.set_params(&place(), "brauchtumsfeuer", params, "lead", now())?;
                    // The other one is surely there by now.
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    t.opt_in(&place(), "brauchtumsfeuer", n % 2 == 0, "lead", now())?;
                    t.require_second_factor(n % 2 == 0, "lead", now())
                };
                town.write(write).await
            })
        };
        let all: Vec<_> = (1..=4).map(save).collect();
        for one in all {
            one.await.unwrap().unwrap();
        }
        let set = w.town.read(move |t| t.params(&place(), "brauchtumsfeuer", now())).await.unwrap().unwrap();
        assert_eq!(set.n, 4, "each has a number of its own");
    }

    // Contact and bank saved at the same moment: each keeps what the other wrote.
    async fn parts_of_the_office_do_not_undo_each_other(w: World) {
        let set = |part: &'static str| {
            let town = w.town.clone();
            tokio::spawn(async move {
                let write = move |t: &mut TenantTx<'_>| t.change_office("", "lead", now(), |before| {
                    let mut office = before.unwrap_or_else(|| json!({}));
                    std::thread::sleep(std::time::Duration::from_millis(50));
                    office[part] = json!("new");
                    Ok(office)
                });
                town.write(write).await
            })
        };
        let all: Vec<_> = ["iban", "phone", "name"].into_iter().map(set).collect();
        for one in all {
            one.await.unwrap().unwrap();
        }
        let office = w.town.read(|t| t.office("")).await.unwrap().unwrap();
        assert_eq!(office, json!({ "iban": "new", "phone": "new", "name": "new" }));
        let write = |t: &mut TenantTx<'_>| t.change_office("", "lead", now(), |before| Ok(before.unwrap()));
        w.town.write(write).await.unwrap();
        assert_eq!(w.town.read(|t| t.changes(None, 9)).await.unwrap().len(), 3, "unchanged is not written");
    }

    async fn office_crest_and_ready_sentences(w: World) {
        let crest = Image { media_type: "image/png".into(), bytes: vec![1, 2, 3] };
        let picture = crest.clone();
        w.town.write(move |t| {
            t.set_crest("16077036", Some(&picture), "lead-1", now())?;
            t.set_office("16077036", &json!({"phone": "03447"}), "lead-1", now())?;
            for (id, service, position) in [("b", "brauchtumsfeuer", 2), ("a", "", 1), ("c", "raumnutzung", 1)] {
                let block = TextBlock {
                    id: id.into(), service: service.into(), kind: "condition".into(),
                    title: "Aufsicht".into(), text: "Eine Person bleibt dabei.".into(), position,
                };
                t.put_text_block(&block, "lead-1", now())?;
            }
            Ok::<_, Error>(())
        }).await.unwrap();
        let (office, image, blocks) = w.town.read(|t| {
            Ok::<_, Error>((t.office("16077036")?, t.crest("16077036")?, t.text_blocks("brauchtumsfeuer")?))
        }).await.unwrap();
        assert_eq!((office, image), (Some(json!({"phone": "03447"})), Some(crest)));
        assert_eq!(blocks.iter().map(|b| b.id.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let gone = w.town.write(|t| {
            t.set_crest("16077036", None, "lead-1", now())?;
            Ok::<_, Error>((t.delete_text_block("a", "lead-1", now())?, t.delete_text_block("a", "lead-1", now())?, t.crest("16077036")?))
        }).await.unwrap();
        assert_eq!(gone, (true, false, None));
        assert!(w.town.read(|t| t.check_audit(&[])).await.unwrap().is_ok());
    }

    async fn a_consultation_is_asked_answered_once_and_revoked(w: World) {
        submit(&w.town, case(1)).await.unwrap();
        let ask = |id: &str| Consultation {
            id: id.into(), incoming: false, case: Some(case(1).id), who: "police".into(), who_name: "Polizei".into(),
            peer: None, peer_id: None, address: "polizei@example.org".into(), content: json!({"event.date": "2027-01-09"}), asked_at: now(),
            answer_by: "2026-12-01".parse().unwrap(), expires_at: at("2026-12-10T00:00:00Z"),
            reminded_at: None, answer: None, revoked_at: None, over: None,
        };
        let asked = (ask("c1"), ask("c2"));
        let (one, two) = w.town.write(move |t| {
            let incoming = Consultation { incoming: true, case: None, peer: Some("lk".into()), peer_id: Some("x".into()), ..asked.0.clone() };
            assert!(t.create_consultation(&Consultation { id: "in".into(), ..incoming })?.is_none());
            Ok::<_, Error>((t.create_consultation(&asked.0)?.unwrap(), t.create_consultation(&asked.1)?.unwrap()))
        }).await.unwrap();
        let (first, expired) = (one.clone(), one.clone());
        let got = w.town.read(move |t| t.consultation_by_token(&first, now())).await.unwrap().unwrap();
        assert_eq!(got, ask("c1"));
        assert!(w.town.read(move |t| t.consultation_by_token(&expired, at("2026-12-10T00:00:00Z"))).await.unwrap().is_none());
        let answer = ConsultAnswer { at: now(), agrees: false, text: "Zu laut.".into(), by: "PHK".into(), not_ours: false };
        let said = answer.clone();
        let (yes, no, revoked, late, remind, incoming) = w.town.write(move |t| {
            let remind = t.consultations_to_remind("2026-12-01".parse().unwrap(), now())?.len();
            let yes = t.answer_consultation("c1", &answer)?;
            let no = t.answer_consultation("c1", &answer)?;
            let revoked = t.revoke_consultation("c2", now())?;
            let late = t.answer_consultation("c2", &answer)?;
            Ok::<_, Error>((yes, no, revoked, late, remind, t.incoming_consultations()?.len()))
        }).await.unwrap();
        assert_eq!((yes, no, revoked, late, remind, incoming), (true, false, true, false, 2, 1));
        assert!(w.town.read(move |t| t.consultation_by_token(&two, now())).await.unwrap().is_none());
        let of_case = w.town.read(|t| t.consultations_of(&case(1).id)).await.unwrap();
        assert_eq!(of_case[0].answer, Some(said));
    }

    async fn a_dispatch_counts_once_and_a_mail_goes_once(w: World) {
        let other = w.store.create_tenant(authority("lk", "Landkreis")).await.unwrap();
        let d = Dispatch { id: "d1".into(), to: "lk".into(), kind: "transfer".into(), payload: json!({"a": 1}), created_at: now() };
        let sent = d.clone();
        w.town.write(move |t| { t.send(&sent)?; t.send(&sent) }).await.unwrap();
        assert_eq!(w.town.read(|t| t.open_dispatch("d1")).await.unwrap(), Some(d));
        let carried: Vec<_> = w.town.claim_jobs(now(), 9).await.unwrap().into_iter().map(|j| (j.kind, j.payload)).collect();
        assert_eq!(carried, [("deliver".to_owned(), json!({"message": "d1"}))]);
        let first = other.write(|t| Ok::<_, Error>((t.receive("d1", &"nobitz".into(), "transfer", now())?, t.receive("d1", &"nobitz".into(), "transfer", now())?)));
        assert_eq!(first.await.unwrap(), (true, false));
        w.town.write(|t| t.delivered("d1", now())).await.unwrap();
        assert!(w.town.read(|t| t.open_dispatch("d1")).await.unwrap().is_none());

        let mail = Mail { to: "a@example.org".into(), subject: "S".into(), text: "T".into() };
        let m = mail.clone();
        let queued = w.town.write(move |t| Ok::<_, Error>((t.queue_mail("m1", &m, now())?, t.queue_mail("m1", &m, now())?))).await.unwrap();
        assert_eq!(queued, (true, false));
        w.town.write(|t| { t.mail_failed("m1", "Der Mailserver antwortet nicht.", false, now())?; t.mail_sent("m1", now()) }).await.unwrap();
        let (next, all) = w.town.read(|t| Ok::<_, Error>((t.next_mail_due()?, t.mails(10)?))).await.unwrap();
        assert!(next.is_none());
        assert_eq!((all[0].mail.clone(), all[0].attempts, all[0].sent_at), (mail, 2, Some(now())));
    }
}
