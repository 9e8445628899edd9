//! The cockpit: what authorities count reaches it by jobs, nothing below five is shown, and no page of it reads a case.

use domain::counted::{DECIDED, ONLINE, SUBMITTED};
use store::engine::trace;

use crate::both;
use crate::centre::{BERGER, HARTUNG, centre_routes};
use crate::decide::unescaped;
use crate::town::Town;

const PLACES: [(&str, &str); 4] = [
    ("nobitz", "16077036"),
    ("altenburg", "16077001"),
    ("schmoelln", "16077043"),
    ("jena", "16053000"),
];

/// Made-up counters, through the way that cases count.
async fn counted(town: &Town, authority: &str, place: &str, service: &'static str, numbers: &[(&'static str, i64)]) {
    let (desk, now) = (town.authority(authority).await, town.now());
    let (place, numbers) = (domain::Ags::from(place), numbers.to_vec());
    let write = move |t: &mut store::TenantTx<'_>| {
        numbers
            .iter()
            .try_for_each(|(kind, n)| t.count(&place, service, now, kind, *n))
    };
    desk.write(write).await.expect("counted");
}

async fn listed(town: &Town) {
    for authority in town.app.store.shared().authorities().await.expect("authorities") {
        let desk = town.authority(authority.id.as_str()).await;
        town.app.store.list_offered(&desk, town.now()).await.expect("listed");
    }
}

/// The cells of a table's line that begins so.
fn line(page: &str, name: &str) -> Vec<String> {
    let text = unescaped(page).replace('\u{a0}', " ");
    let row = text.split("<tr>").find(|row| {
        let head = row.split("</th>").next().unwrap_or_default();
        head.rsplit('>')
            .any(|part| part.trim_start_matches("</a").trim() == name)
            || head.contains(&format!(">{name}<"))
    });
    let row = row.unwrap_or_else(|| panic!("no line {name} in {text}"));
    let cells = row.split("<td").skip(1).map(|cell| {
        let inner = cell
            .split_once('>')
            .map_or("", |(_, rest)| rest)
            .split("</td>")
            .next()
            .unwrap_or_default();
        let mut plain = String::new();
        let mut inside = false;
        for c in inner.chars() {
            match c {
                '<' => inside = true,
                '>' => inside = false,
                c if !inside => plain.push(c),
                _ => {}
            }
        }
        plain.trim().to_owned()
    });
    cells.collect()
}

/// The map, the forms and the rest of the frame hold numbers of their own: what is left are the figures and tables.
fn figure(page: &str, name: &str) -> String {
    let text = unescaped(page).replace('\u{a0}', " ");
    let (before, _) = text
        .split_once(&format!("</b><span>{name}</span>"))
        .unwrap_or_else(|| panic!("no figure {name}: {text}"));
    before.rsplit("<b>").next().unwrap_or_default().to_owned()
}

both! {
    /// A real application counts, and a job carries it: the cockpit shows it from the fifth on.
    async fn five_applications_are_seen_and_four_are_not(town: Town) {
        let mut centre = town.clerk(BERGER).await;
        let example = town.club().example("brauchtumsfeuer", "");
        town.on(example.today);
        for n in 1..=5 {
            town.club().applies("nobitz", "brauchtumsfeuer", &example.answers).await;
            town.pass(90).await;
            let shown = if n < 5 { "unter 5" } else { "5" };
            let page = centre.get("/cockpit").await.text();
            assert_eq!(figure(&page, &format!("Anträge {}", example.today.year())), shown, "after {n}");
            assert_eq!(line(&page, "Altenburger Land")[1], shown, "after {n}");
            let place = centre.get("/cockpit/ort/16077036").await.text();
            // Beside a district that is not shown, no place is.
            assert_eq!(figure(&place, "Anträge"), if n < 5 { "verdeckt" } else { "5" });
        }
        let page = centre.get("/cockpit").await.text();
        assert_eq!(figure(&page, "gespart"), "4 Std.", "5 online, 50 minutes each");
        // The authority itself sees its own, whatever they are.
        let mut lead = town.clerk("leitung@nobitz.example").await;
        let own = lead.get("/amt/zahlen").await;
        assert_eq!(own.status, 200);
        assert_eq!(line(&own.text(), "Brauchtumsfeuer")[0], "5");
        assert_eq!(line(&own.text(), "Brauchtumsfeuer")[1], "0");
        let file = lead.get("/amt/zahlen.csv").await.text();
        assert!(file.contains("Brauchtumsfeuer;5;0;–;"), "{file}");
        let mut other = town.clerk("r.neumann@altenburgerland.example").await;
        assert!(other.get("/amt/zahlen").await.text().contains("noch nichts eingegangen"));
    }
}

both! {
    /// One small number among large ones takes company, so that no sum gives it away.
    async fn a_small_number_is_not_given_away_by_its_sums(town: Town) {
        for (authority, place) in PLACES {
            for (service, n) in [("brauchtumsfeuer", 40), ("raumnutzung", 60)] {
                let n = if authority == "jena" && service == "brauchtumsfeuer" { 3 } else { n };
                counted(&town, authority, place, service, &[(SUBMITTED, n), (ONLINE, n), (DECIDED, n), ("took_002", n)]).await;
            }
        }
        town.pass(90).await;
        let mut centre = town.clerk(HARTUNG).await;
        let all = centre.get("/cockpit").await.text();
        assert_eq!(figure(&all, "Anträge 2026"), "363");
        let fires = centre.get("/cockpit?leistung=brauchtumsfeuer").await.text();
        assert_eq!(line(&fires, "Jena (kreisfrei)")[1], "unter 5");
        let rooms = centre.get("/cockpit?leistung=raumnutzung").await.text();
        let shown = [line(&all, "Jena (kreisfrei)")[1].clone(), line(&rooms, "Jena (kreisfrei)")[1].clone()];
        assert!(shown.iter().any(|s| s == "verdeckt"), "63 less 60 would tell: {shown:?}");
        let fires_of_all = line(&fires, "Altenburger Land")[1].clone();
        let sums = [fires_of_all, line(&fires, "Jena (kreisfrei)")[1].clone()];
        assert!(sums.iter().all(|s| s != "3"), "{sums:?}");
        // The file says what the page says.
        let file = centre.get("/cockpit.csv?leistung=brauchtumsfeuer").await.text();
        assert!(file.contains("16053;Jena (kreisfrei);") && file.contains(";unter 5;"), "{file}");
        assert_eq!(figure(&all, "bis zur Entscheidung"), "2 Tage");
        let district = centre.get("/cockpit/kreis/16077").await.text();
        assert_eq!(line(&district, "Nobitz")[1], "100");
        assert_eq!(centre.get("/cockpit/kreis/99999").await.status, 404);
        assert_eq!(centre.get("/cockpit/ort/99999999").await.status, 404);
    }
}

both! {
    /// A log of the statements of each page: none of them touches a table of cases, drafts or letters.
    async fn no_page_of_the_cockpit_reads_a_case(town: Town) {
        for (authority, place) in PLACES {
            counted(&town, authority, place, "raumnutzung", &[(SUBMITTED, 60), (ONLINE, 50)]).await;
        }
        listed(&town).await;
        town.pass(90).await;
        let mut lead = town.clerk(HARTUNG).await;
        let mut office = town.clerk("leitung@nobitz.example").await;
        let texts: std::collections::BTreeMap<_, _> = store::statements().into_iter().map(|s| (s.name, s.text)).collect();
        let of_cases = [
            "case_file", "case_event", "paper", "letter", "booking", "search_token", "draft", "consultation", "erased_case", "job",
            "reference_index", "count_day", "demand_day",
        ];
        let mut asked = 0;
        let pages = centre_routes().into_iter().filter(|r| r.method == "GET");
        let pages = pages.map(|r| (true, r.path.replace("{district}", "16077").replace("{ags}", "16077036")));
        for (centre, path) in pages.chain([(true, "/cockpit?karte=wuensche&leistung=raumnutzung".to_owned()), (false, "/amt/zahlen".to_owned())]) {
            if path.contains('{') {
                continue;
            }
            let browser = if centre { &mut lead } else { &mut office };
            let (page, ran) = trace::record(browser.get(&path)).await;
            assert_eq!(page.status, 200, "{path}");
            assert!(ran.len() > 1, "{path}: {ran:?}");
            for name in ran {
                let text = texts.get(name).unwrap_or_else(|| panic!("{name} is in no registry"));
                let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
                // An office counts for itself from its own counters.
                let read = of_cases.iter().find(|t| words.contains(t) && (centre || **t != "count_day"));
                assert_eq!(read, None, "{path} runs {name}: {text}");
            }
            asked += 1;
        }
        assert!(asked > 6, "{asked}");
        // The record would show it.
        let mut clerk = town.clerk("s.krell@nobitz.example").await;
        let (_, ran) = trace::record(clerk.get("/amt/eingang")).await;
        assert!(ran.iter().any(|name| texts[name].contains("case_file")), "{ran:?}");
    }
}

both! {
    /// Assumptions stand beside what is made with them; the lead adjusts them, with a history.
    async fn assumptions_are_named_and_adjusted(town: Town) {
        counted(&town, "nobitz", "16077036", "raumnutzung", &[(SUBMITTED, 60), (ONLINE, 60)]).await;
        town.pass(90).await;
        let (mut lead, mut other) = (town.clerk(HARTUNG).await, town.clerk(BERGER).await);
        let page = lead.get("/cockpit").await.text();
        assert_eq!(figure(&page, "gespart"), "50 Std.");
        assert!(page.contains("Annahme: 50 Minuten je Online-Antrag"), "{page}");
        assert!(!other.get("/cockpit/annahmen").await.text().contains("Annahmen speichern"));
        let fields = |minutes| [("minutes_applicant", minutes), ("minutes_office", "10"), ("trips", "80"), ("calls", "50")];
        let wrong = lead.post("/cockpit/annahmen", &fields("999")).await;
        assert!(wrong.status == 422 && unescaped(&wrong.text()).contains("999 geht nicht. Erlaubt ist 0 bis 240."), "{}", wrong.text());
        assert_eq!(lead.post("/cockpit/annahmen", &fields("20")).await.location, "/cockpit/annahmen?ok=1");
        let page = other.get("/cockpit").await.text();
        assert_eq!(figure(&page, "gespart"), "30 Std.");
        let history = unescaped(&other.get("/cockpit/annahmen").await.text());
        assert!(history.contains("L. Hartung") && history.contains(": 20 statt 35."), "{history}");
        assert!(unescaped(&lead.get("/cockpit/bericht").await.text()).contains("Schätzung des Projekts, nicht gemessen"));
        // Nothing changed: nothing is written.
        let before = history.matches("L. Hartung").count();
        lead.post("/cockpit/annahmen", &fields("20")).await;
        let again = unescaped(&other.get("/cockpit/annahmen").await.text());
        assert_eq!(again.matches("L. Hartung").count(), before);
    }
}

both! {
    /// How far the municipalities have come, on the map and in each table.
    async fn what_is_online_is_counted(town: Town) {
        listed(&town).await;
        let mut centre = town.clerk(BERGER).await;
        let page = unescaped(&centre.get("/cockpit").await.text());
        let dabei = figure(&page, "Gemeinden sind dabei");
        assert!(dabei.ends_with(" von 605") && !dabei.starts_with("0 "), "{dabei}");
        // The Landkreis alone makes no place take part.
        assert_eq!(line(&page, "Altenburger Land")[0], "6 von 30");
        let legend: usize = page.split("<i class=\"kc-seq-").skip(1).filter_map(|l| l.split('(').nth(1)?.split(')').next()?.parse::<usize>().ok()).sum();
        assert_eq!(legend, 605, "each place is in one class");
        let nobitz = unescaped(&centre.get("/cockpit/ort/16077036").await.text());
        assert_eq!(figure(&nobitz, "Leistungen sind online"), "4 von 4");
        let wishes = unescaped(&centre.get("/cockpit?karte=wuensche").await.text());
        assert!(wishes.contains("unter 5 oder verdeckt (605)"), "{wishes}");
        // Wishes from a place where nothing is online.
        let quiet = domain::Ags::from("16065001");
        for _ in 0..6 {
            town.app.store.add_demand(&quiet, "raumnutzung", town.app.today()).await.expect("counted");
        }
        let page = unescaped(&centre.get("/cockpit").await.text());
        assert_eq!(line(&page, "Kyffhäuserkreis")[3], "6");
        assert!(page.contains("6 Wünsche zu") && page.contains("6 Wünsche, noch nichts online."), "{page}");
    }
}
