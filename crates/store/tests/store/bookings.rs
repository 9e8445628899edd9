//! Rooms and bookings: a double booking cannot happen.

use domain::*;
use store::*;

use crate::world::*;

async fn hall(w: &World) {
    w.town
        .write(|t| {
            t.put_room(&room("hall", None), "clerk-1", now())?;
            t.put_room(&room("left", Some("hall")), "clerk-1", now())?;
            t.put_room(&room("right", Some("hall")), "clerk-1", now())
        })
        .await
        .unwrap();
}

async fn book(w: &World, b: NewBooking) -> Result<Booking, BookError> {
    w.town.write(move |t| t.book(&b, now())).await
}

both! {
    async fn two_hundred_want_the_same_hour_and_one_gets_it(w: World) {
        hall(&w).await;
        let mut tasks = Vec::new();
        for i in 0..200 {
            let town = w.town.clone();
            // Halves too: the whole excludes them, and each the whole, but not each other.
            let name = if i % 2 == 0 { "hall" } else { "left" };
            let b = booking(name, "2027-01-09T16:00:00Z", "2027-01-09T22:00:00Z", BookingKind::Hold);
            tasks.push(tokio::spawn(async move { town.write(move |t| t.book(&b, now())).await }));
        }
        let (mut won, mut told) = (0, 0);
        for task in tasks {
            match task.await.unwrap() {
                Ok(_) => won += 1,
                Err(BookError::Taken(taken)) => {
                    told += 1;
                    assert_eq!(taken.free.len(), 3);
                }
                Err(e) => panic!("{e}"),
            }
        }
        assert_eq!((won, told), (1, 199));
    }

    async fn halves_block_the_whole_and_not_each_other(w: World) {
        hall(&w).await;
        let span = ("2027-01-09T16:00:00Z", "2027-01-09T22:00:00Z");
        let hold = |room: &str| booking(room, span.0, span.1, BookingKind::Hold);
        book(&w, hold("left")).await.unwrap();
        book(&w, hold("right")).await.unwrap();
        assert!(matches!(book(&w, hold("hall")).await, Err(BookError::Taken(_))));
        assert!(matches!(book(&w, hold("left")).await, Err(BookError::Taken(_))));
        // Touching is not overlapping.
        book(&w, booking("hall", span.1, "2027-01-09T23:00:00Z", BookingKind::Blocked)).await.unwrap();
        let (left, hall) = w.town.read(move |t| {
            let (from, to) = (at("2027-01-09T00:00:00Z"), at("2027-01-10T00:00:00Z"));
            Ok::<_, Error>((t.free_busy("left", from, to)?, t.free_busy("hall", from, to)?))
        }).await.unwrap();
        assert_eq!((left.len(), hall.len()), (2, 3));
    }

    // The office puts a room into a building that is taken, while somebody books the room.
    async fn a_room_that_is_put_into_a_building_meanwhile_is_taken(w: World) {
        w.town.write(|t| {
            t.put_room(&room("building", None), "clerk-1", now())?;
            t.put_room(&room("annex", None), "clerk-1", now())
        }).await.unwrap();
        let hold = |room: &str| booking(room, "2027-01-09T16:00:00Z", "2027-01-09T22:00:00Z", BookingKind::Hold);
        book(&w, hold("building")).await.unwrap();
        let (begun, has_begun) = std::sync::mpsc::channel();
        let town = w.town.clone();
        let moving = tokio::spawn(async move {
            town.write(move |t| {
                t.put_room(&room("annex", Some("building")), "clerk-1", now())?;
                begun.send(()).unwrap();
                // Time enough for the other to come to the lock.
                std::thread::sleep(std::time::Duration::from_millis(300));
                Ok::<_, Error>(())
            }).await
        });
        tokio::task::spawn_blocking(move || has_begun.recv()).await.unwrap().unwrap();
        let booked = book(&w, hold("annex")).await;
        moving.await.unwrap().unwrap();
        assert!(matches!(booked, Err(BookError::Taken(_))), "{booked:?}");
    }

    // What is booked already decides whether rooms can be joined: the clash is named, nothing is written.
    async fn rooms_are_not_joined_over_bookings_that_collide(w: World) {
        w.town.write(|t| {
            t.put_room(&room("hall", None), "clerk-1", now())?;
            t.put_room(&room("left", None), "clerk-1", now())?;
            t.put_room(&room("corner", Some("left")), "clerk-1", now())
        }).await.unwrap();
        let span = ("2027-01-09T16:00:00Z", "2027-01-09T22:00:00Z");
        book(&w, booking("hall", span.0, span.1, BookingKind::Firm)).await.unwrap();
        book(&w, booking("left", "2027-01-10T16:00:00Z", "2027-01-10T22:00:00Z", BookingKind::Hold)).await.unwrap();
        let join = || w.town.write(|t| {
            let part = room("left", Some("hall"));
            let clashes = t.part_clashes(&part, now())?;
            Ok::<_, Error>((clashes.len(), t.put_room(&part, "clerk-1", now())))
        });
        // Apart in time: no clash. A wish excludes nobody.
        book(&w, booking("corner", span.0, span.1, BookingKind::Wish)).await.unwrap();
        assert!(matches!(join().await.unwrap(), (0, Ok(()))));
        w.town.write(|t| t.put_room(&room("left", None), "clerk-1", now())).await.unwrap();
        // A part's booking counts, too.
        book(&w, booking("corner", span.0, span.1, BookingKind::Hold)).await.unwrap();
        let (n, put) = join().await.unwrap();
        assert!(n == 1 && matches!(put, Err(Error::Setup(_))), "{n} {put:?}");
        assert!(w.town.read(|t| t.room("left")).await.unwrap().unwrap().parent.is_none());
        // What is over does not count.
        let later = at("2027-02-01T00:00:00Z");
        w.town.write(move |t| t.put_room(&room("left", Some("hall")), "clerk-1", later)).await.unwrap();
    }

    // However many want the same hour: each is told of so many others as anybody would look at.
    async fn rivals_are_bounded(w: World) {
        hall(&w).await;
        let mut first = None;
        for i in 0..60 {
            let mut b = booking(if i % 2 == 0 { "hall" } else { "left" }, "2027-01-09T16:00:00Z", "2027-01-09T22:00:00Z", BookingKind::Wish);
            submit(&w.town, case(i)).await.unwrap();
            b.case = Some(case(i).id);
            first.get_or_insert(case(i).id);
            book(&w, b).await.unwrap();
        }
        let first = first.unwrap();
        let id = first.clone();
        let found = w.town.read(move |t| t.rivals(&[&id])).await.unwrap();
        assert_eq!(found[&first].len(), RIVALS_AT_MOST);
        assert!(found[&first].iter().all(|r| r.case != first && !r.firm));
    }

    async fn wishes_overlap_until_one_is_granted(w: World) {
        hall(&w).await;
        let wish = |n: u32| NewBooking {
            case: Some(case(n).id),
            ..booking("hall", "2027-01-09T16:00:00Z", "2027-01-09T22:00:00Z", BookingKind::Wish)
        };
        for n in [1, 2] {
            submit(&w.town, case(n)).await.unwrap();
            book(&w, wish(n)).await.unwrap();
        }
        let later = now() + jiff::SignedDuration::from_secs(10);
        for n in [1, 2] {
            w.town.write(move |t| t.act(&case(n).id, Action::Decide {
                outcome: Outcome::Approved, conditions: Vec::new(), reason: String::new(), grounds: None, fee: Fee::default(),
            }, &clerk(), now())).await.unwrap();
        }
        let effect = |n: u32| Action::TakeEffect { letter: LetterId(format!("letter-{n}")), fetch_until: None };
        w.town.write(move |t| t.act(&case(1).id, effect(1), &Actor::System, later)).await.unwrap();
        let second = w.town.write(move |t| {
            let taken = t.act(&case(2).id, effect(2), &Actor::System, later);
            // Not half written: the case is as before, and the transaction may go on.
            assert!(matches!(taken, Err(ActError::Taken(_))));
            t.case(&case(2).id)
        }).await.unwrap().unwrap();
        assert_eq!(second.state, State::InReview);
        let firm = w.town.read(|t| t.bookings_of(&case(1).id)).await.unwrap();
        assert_eq!(firm[0].kind, BookingKind::Firm);
        // The decision is undone with a reason, the case is open again, and deciding anew meets the taken room.
        let why = "Der Raum ist in dieser Zeit schon vergeben.".to_owned();
        let undone = w.town.write(move |t| t.act(&case(2).id, Action::Undo { why }, &Actor::System, later)).await.unwrap();
        assert!(undone.decision.is_none() && undone.obstacle.is_some() && undone.state.is_open());
        let filter = CaseFilter { tab: Tab::Open, size: 10, ..CaseFilter::default() };
        let rows = w.town.read(move |t| t.cases(&filter)).await.unwrap().rows;
        assert!(rows.iter().any(|r| r.id == case(2).id && r.stuck && !r.pending));
        let anew = w.town.write(move |t| t.act(&case(2).id, Action::Decide {
            outcome: Outcome::Approved, conditions: Vec::new(), reason: String::new(), grounds: None, fee: Fee::default(),
        }, &clerk(), later)).await;
        assert!(matches!(anew, Err(ActError::Taken(_))));
        w.town.write(|t| t.act(&case(2).id, Action::Withdraw { reason: String::new() }, &Actor::Applicant, now())).await.unwrap();
        assert!(w.town.read(|t| t.bookings_of(&case(2).id)).await.unwrap().is_empty());
    }

    async fn free_times_keep_the_clock_over_the_change(w: World) {
        hall(&w).await;
        // Saturday 27 March 2027, 18–22 h; the clocks change in the following night. Other Saturdays come first.
        let saturday = booking("hall", "2027-03-27T17:00:00Z", "2027-03-27T21:00:00Z", BookingKind::Firm);
        book(&w, saturday.clone()).await.unwrap();
        book(&w, booking("hall", "2027-03-26T00:00:00Z", "2027-03-26T23:00:00Z", BookingKind::Firm)).await.unwrap();
        let Err(BookError::Taken(taken)) = book(&w, saturday).await else { panic!("taken") };
        let free: Vec<_> = taken.free.iter().map(|s| (s.from.to_string(), s.to.to_string())).collect();
        let expected = [
            ("2027-03-20T17:00:00Z", "2027-03-20T21:00:00Z"),
            ("2027-04-03T16:00:00Z", "2027-04-03T20:00:00Z"),
            ("2027-04-10T16:00:00Z", "2027-04-10T20:00:00Z"),
        ].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(free, expected);
    }

    async fn what_cannot_be_booked_says_so(w: World) {
        hall(&w).await;
        let from = "2027-01-09T16:00:00Z";
        assert!(matches!(book(&w, booking("attic", from, "2027-01-09T17:00:00Z", BookingKind::Hold)).await, Err(BookError::NoRoom)));
        assert!(matches!(book(&w, booking("hall", from, from, BookingKind::Hold)).await, Err(BookError::EmptySpan)));
        let closed = RoomRow { active: false, ..room("hall", None) };
        w.town.write(move |t| t.put_room(&closed, "clerk-1", now())).await.unwrap();
        assert!(matches!(book(&w, booking("hall", from, "2027-01-09T17:00:00Z", BookingKind::Hold)).await, Err(BookError::NoRoom)));
        // A room cannot be part of itself.
        for (id, parent) in [("hall", "left"), ("left", "left")] {
            let circle = room(id, Some(parent));
            assert!(matches!(w.town.write(move |t| t.put_room(&circle, "c", now())).await, Err(Error::Setup(_))));
        }
    }
}
