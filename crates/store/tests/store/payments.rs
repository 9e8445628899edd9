//! The list of payments: all of them, however many, each where it stands.

use domain::*;
use store::*;

use crate::world::*;

/// Confirmed at a fee of so many cents, with a deposit, due on a day of December.
async fn payable(w: &World, n: u32, cents: i64, deposit: i64, day: u32) {
    submit(&w.town, case(n)).await.unwrap();
    let fee = Fee {
        total_cents: cents,
        deposit_cents: deposit,
        due: Some(format!("2026-12-{day:02}").parse().unwrap()),
        ..Fee::default()
    };
    w.town
        .write(move |t| -> std::result::Result<(), ActError> {
            let (id, later) = (case(n).id, now() + jiff::SignedDuration::from_secs(10));
            let decide = Action::Decide {
                outcome: Outcome::Confirmed,
                conditions: Vec::new(),
                reason: String::new(),
                grounds: None,
                fee,
            };
            t.act(&id, decide, &clerk(), now())?;
            let effect = Action::TakeEffect {
                letter: "letter".into(),
                fetch_until: None,
            };
            t.act(&id, effect, &Actor::System, later)?;
            Ok(())
        })
        .await
        .unwrap();
}

async fn act(w: &World, n: u32, action: Action) {
    w.town
        .write(move |t| t.act(&case(n).id, action, &clerk(), now()))
        .await
        .unwrap();
}

both! {
    async fn every_payment_is_found_and_summed(w: World) {
        for n in 1..=30u32 {
            payable(&w, n, 1000, 0, 1 + n % 28).await;
        }
        payable(&w, 31, 6000, 15_000, 20).await;
        // A case without a fee and one that nobody has decided are none.
        submit(&w.town, case(32)).await.unwrap();
        payable(&w, 33, 0, 0, 1).await;
        let today = "2026-12-10".parse().unwrap();
        let counts = || async { w.town.read(move |t| t.payment_counts(today)).await.unwrap() };
        let town = &w.town;
        let page = |tab, page| async move { town.read(move |t| t.payments(tab, today, page, 25)).await.unwrap() };
        let refs = |p: &PaymentPage| p.cases.iter().map(|c| c.fee.due).collect::<Vec<_>>();

        assert_eq!(counts().await, PaymentCounts { open: 31, overdue: 11, deposits: 0, refunds: 0, paid: 0 });
        let (one, two) = (page(PaymentTab::Open, 0).await, page(PaymentTab::Open, 1).await);
        assert_eq!((one.cases.len(), two.cases.len()), (25, 6));
        assert_eq!((one.cents, two.cents), (51_000, 51_000), "the sum of all pages");
        let days = [refs(&one), refs(&two)].concat();
        assert!(days.is_sorted(), "{days:?}");
        let late = page(PaymentTab::Overdue, 0).await;
        assert_eq!((late.cases.len(), late.cents), (11, 11_000));

        act(&w, 1, Action::Paid).await;
        act(&w, 31, Action::Paid).await;
        assert_eq!(counts().await, PaymentCounts { open: 29, overdue: 10, deposits: 1, refunds: 0, paid: 2 });
        let deposits = page(PaymentTab::Deposits, 0).await;
        assert_eq!((deposits.cases.len(), deposits.cents), (1, 15_000));
        act(&w, 31, Action::ReturnDeposit).await;
        assert_eq!(counts().await, PaymentCounts { open: 29, overdue: 10, deposits: 0, refunds: 0, paid: 2 });
        assert_eq!(page(PaymentTab::Paid, 0).await.cases.len(), 2);
        // What is paid back with the deposit stands in one list only.
        payable(&w, 34, 6000, 15_000, 20).await;
        act(&w, 34, Action::Paid).await;
        act(&w, 34, Action::CallOff { reason: String::new(), fee_stays: false }).await;
        assert_eq!(counts().await, PaymentCounts { open: 29, overdue: 10, deposits: 0, refunds: 1, paid: 3 });
        let refunds = page(PaymentTab::Refunds, 0).await;
        assert_eq!((refunds.cases.len(), refunds.cents), (1, 21_000));
        act(&w, 34, Action::Refund).await;
        assert_eq!(counts().await, PaymentCounts { open: 29, overdue: 10, deposits: 0, refunds: 0, paid: 3 });
    }
}
