//! Lists, tabs and search.

use domain::*;
use serde_json::json;
use store::*;

use crate::world::*;

/// Ten cases: odd ones in Nobitz, even ones in Göpfersdorf; due one day after another; the first two opened.
async fn ten(w: &World) {
    for n in 1..=10u32 {
        let mut c = case(n);
        c.title = format!("Vorgang {}", ["Lindenhof", "Sommerfest", "Osterfeuer"][n as usize % 3]);
        c.applicant = ["Heimatverein Gößnitz e. V.", "Müller"][n as usize % 2].into();
        c.answers = serde_json::json!({});
        if n % 2 == 0 {
            c.place = "16077012".into();
            c.place_name = "Göpfersdorf".into();
        }
        c.deadlines[0].last_day = format!("2026-12-{n:02}").parse().unwrap();
        c.event_day = Some(format!("2027-01-{:02}", 30 - n).parse().unwrap());
        c.received_at = now() + jiff::SignedDuration::from_hours(i64::from(n));
        submit(&w.town, c).await.unwrap();
    }
    w.town
        .write(|t| {
            for n in [1, 2] {
                let to = Some((ClerkId::from("clerk-1"), "S. Wiedehopf".to_owned()));
                t.act(&case(n).id, Action::Assign { to }, &clerk(), now())?;
            }
            t.act(
                &case(3).id,
                Action::Withdraw { reason: String::new() },
                &Actor::Applicant,
                now(),
            )
        })
        .await
        .unwrap();
}

fn filter(tab: Tab) -> CaseFilter {
    CaseFilter {
        tab,
        me: Some("clerk-1".into()),
        today: "2026-11-24".parse().unwrap(),
        size: 50,
        ..Default::default()
    }
}

async fn numbers(w: &World, filter: CaseFilter) -> Vec<u32> {
    let page = w.town.read(move |t| t.cases(&filter)).await.unwrap();
    assert!(page.total >= page.rows.len() as i64);
    page.rows
        .iter()
        .map(|r| u32::from_str_radix(r.id.as_str(), 16).unwrap())
        .collect()
}

both! {
    async fn tabs_filters_sorting_and_pages(w: World) {
        ten(&w).await;
        assert_eq!(numbers(&w, filter(Tab::Open)).await, [1, 2, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(numbers(&w, filter(Tab::New)).await, [4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(numbers(&w, filter(Tab::Mine)).await, [1, 2]);
        assert_eq!(numbers(&w, filter(Tab::Due)).await, [1]);
        assert_eq!(numbers(&w, filter(Tab::Closed)).await, [3]);
        assert_eq!(numbers(&w, filter(Tab::Waiting)).await, [0u32; 0]);
        let counts = w.town.read(|t| t.tab_counts(&filter(Tab::Open))).await.unwrap();
        let expected = TabCounts { open: 9, new: 7, mine: 2, due: 1, closed: 1, ..Default::default() };
        assert_eq!(counts, expected);

        let place = CaseFilter { place: "16077012".into(), ..filter(Tab::Open) };
        assert_eq!(numbers(&w, place).await, [2, 4, 6, 8, 10]);
        let nobody = CaseFilter { assignee: "-".into(), due_before: Some("2026-12-06".parse().unwrap()), ..filter(Tab::Open) };
        assert_eq!(numbers(&w, nobody).await, [4, 5]);
        let by_event = CaseFilter { sort: Sort::Event, size: 3, ..filter(Tab::Open) };
        assert_eq!(numbers(&w, by_event.clone()).await, [10, 9, 8]);
        assert_eq!(numbers(&w, CaseFilter { page: 2, ..by_event }).await, [4, 2, 1]);
        let newest = CaseFilter { sort: Sort::Received, size: 2, ..filter(Tab::All) };
        assert_eq!(numbers(&w, newest).await, [10, 9]);

        let row = w.town.read(|t| t.cases(&filter(Tab::Mine))).await.unwrap().rows.remove(0);
        assert_eq!(row.applicant, "Müller");
        assert_eq!((row.assignee_name.as_deref(), row.state), (Some("S. Wiedehopf"), State::InReview));
        assert_eq!(row.due, Some("2026-12-01".parse().unwrap()));
    }

    // Title, club and place have many words: whoever phones is found all the same, and fillers hinder nobody.
    async fn a_person_is_found_behind_a_long_title(w: World) {
        let mut long = case(1);
        long.title = "Saal Ehrenhain, nördliche Hälfte: Großes Sommerfest aller Vereine mit Umzug, Tanz, Tombola und Feuerwerk am Abend".into();
        long.applicant = "Verein zur Pflege und Förderung des Brauchtums in Ehrenhain und den umliegenden Dörfern e. V.".into();
        long.answers = serde_json::json!({ "club": { "name": long.applicant }, "contact": { "name": "Maximilian Hohenberger", "street": "Lindenweg 3" } });
        let id = long.id.clone();
        submit(&w.town, long).await.unwrap();
        for q in ["Hohenberger", "Maximilian", "Lindenweg", "Verein zur Pflege", "Pflege und Förderung", "Sommerfest"] {
            let rows = w.town.read({ let f = CaseFilter { q: q.into(), ..filter(Tab::All) }; move |t| t.cases(&f) }).await.unwrap().rows;
            assert!(rows.iter().any(|r| r.id == id), "{q}");
        }
    }

    // What people type first is found, however many helpers the form names.
    async fn many_names_hide_neither_the_reference_nor_the_contact(w: World) {
        let mut long = case(7);
        let helpers: Vec<_> = (0..40).map(|n| json!({ "name": format!("Helfer{n} Aushilfe{n}") })).collect();
        long.answers["aaa"] = json!(helpers);
        long.answers["contact"] = json!({ "name": "Rosalinde Zaunkoenig" });
        submit(&w.town, long).await.unwrap();
        for q in ["NOBFEUER260007", "nob-feuer-26-0007", "Rosalinde", "Zaunkönig"] {
            let found = w.town.read(move |t| t.cases(&CaseFilter { q: q.into(), ..filter(Tab::All) })).await.unwrap();
            assert!(found.rows.len() == 1 && !found.fuzzy, "{q}: {found:?}");
        }
    }

    async fn search_forgives_typing_errors(w: World) {
        ten(&w).await;
        let linden = [3u32, 6, 9];
        for q in ["Lindenhof", "lindenhof", "linden", "lin"] {
            assert_eq!(numbers(&w, CaseFilter { q: q.into(), ..filter(Tab::All) }).await, linden, "{q}");
        }
        for q in ["Lindnhof", "Lindenhoff", "Lidnenhof", "Lindemhof", "indenhof"] {
            let f = CaseFilter { q: q.into(), ..filter(Tab::All) };
            assert!(w.town.read({ let f = f.clone(); move |t| t.cases(&f) }).await.unwrap().fuzzy, "{q}");
            assert_eq!(numbers(&w, f).await, linden, "{q}");
        }
        for q in ["Gößnitz", "Goessnitz", "gossnitz", "GÖSSNITZ", "Heimatverein Gößnitz"] {
            assert_eq!(numbers(&w, CaseFilter { q: q.into(), ..filter(Tab::All) }).await, [2, 4, 6, 8, 10], "{q}");
        }
        assert_eq!(numbers(&w, CaseFilter { q: "Sommerfest Müller".into(), ..filter(Tab::All) }).await, [1, 7]);
        assert_eq!(numbers(&w, CaseFilter { q: "nob-feuer-26-0007-k".into(), ..filter(Tab::All) }).await, [7]);
        assert_eq!(numbers(&w, CaseFilter { q: "NOBFEUER260007".into(), ..filter(Tab::All) }).await, [7]);
        for q in ["Lindwurm", "xyz", "Muehlhausen"] {
            assert_eq!(numbers(&w, CaseFilter { q: q.into(), ..filter(Tab::All) }).await, [0u32; 0], "{q}");
        }
        let counts = w.town.read(|t| t.tab_counts(&CaseFilter { q: "Lindenhof".into(), ..filter(Tab::All) })).await.unwrap();
        assert_eq!((counts.open, counts.closed), (2, 1));
    }
}
