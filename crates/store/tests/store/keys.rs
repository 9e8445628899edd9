//! The root key changes while the store serves, and nothing that hung on the old one is lost.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use store::*;

use crate::world::*;

fn put(path: &Path, keys: &[&RootKey], texts: &[String]) {
    if path.exists() {
        let keys: Vec<RootKey> = keys.iter().map(|k| (*k).clone()).collect();
        return RootKey::replace(path, &keys).unwrap();
    }
    std::fs::write(path, texts.join("\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// The same data, opened by another process that reads its key from a file.
async fn open(w: &World, path: PathBuf) -> Result<Store> {
    let database = w.database.as_deref();
    Store::open(StoreConfig {
        data: w.folder.join("data"),
        database: database.map(|dsn| as_role(dsn, "kommunal_app")),
        database_migrate: None,
        root: Roots::read(move || RootKey::load(&path))?,
        entropy: Entropy::System,
    })
    .await
}

/// Statements on what belongs to no authority, outside the store.
pub fn raw_shared(w: &World, text: &str) {
    match &w.database {
        Some(_) => crate::audit::raw(w, text),
        None => {
            let file = rusqlite::Connection::open(w.folder.join("data/shared.db")).unwrap();
            file.busy_timeout(std::time::Duration::from_secs(5)).unwrap();
            file.execute_batch(text).unwrap();
        }
    }
}

async fn logs_in(store: &Store) -> bool {
    matches!(
        store.log_in("a@b.example", "Geheim-2026", false, now()).await.unwrap(),
        LogIn::In { .. }
    )
}

both! {
    async fn the_root_key_changes_while_others_serve(w: World) {
        let path = w.folder.join("key");
        put(&path, &[&w.root], &["4b".repeat(32)]);
        w.store.create_tenant(authority("altenburg", "Altenburg")).await.unwrap();
        let serving = open(&w, path.clone()).await.unwrap();
        let town = serving.tenant(&"nobitz".into()).await.unwrap();
        submit(&town, case(1)).await.unwrap();
        serving.add_clerk(&"nobitz".into(), "a@b.example", "A. B.", "Geheim-2026", &["clerk".into()], "system", now()).await.unwrap();
        let draft = serving.drafts().create(&"16077036".into(), "x", json!({"a": 1}), now()).await.unwrap();
        let public = town.public_key().unwrap();
        let before = serving.key_status().await.unwrap();
        assert_eq!(before.tenants, [(w.root.fingerprint().unwrap(), 2)]);
        assert!(before.since.is_some());

        // As `kommunal keys rotate` does it, in another process.
        let new = RootKey::random(&Entropy::System);
        put(&path, &[&new, &w.root], &[]);
        let operator = open(&w, path.clone()).await.unwrap();
        assert_eq!(operator.rewrap(&new).await.unwrap(), 2);
        assert_eq!(operator.rewrap(&new).await.unwrap(), 0, "once");
        put(&path, &[&new], &[]);

        // Who serves goes on, opens what it had not open, and takes in a new authority under the new key.
        submit(&town, case(2)).await.unwrap();
        serving.tenant(&"altenburg".into()).await.unwrap();
        serving.create_tenant(authority("schmoelln", "Schmölln")).await.unwrap();
        assert!(logs_in(&serving).await);
        let status = serving.key_status().await.unwrap();
        assert_eq!(status.tenants, [(new.fingerprint().unwrap(), 3)]);
        assert_eq!(status.root, new.fingerprint().unwrap());

        // A new start, with the new key alone.
        let later = w.again(new.clone()).await.unwrap();
        let town = later.tenant(&"nobitz".into()).await.unwrap();
        assert_eq!(town.read(|t| t.case(&case(1).id)).await.unwrap(), Some(case(1)));
        assert_eq!(town.public_key().unwrap(), public, "receipts stay valid");
        assert!(logs_in(&later).await);
        for found in [later.drafts().by_link(&draft.link, now()).await.unwrap(), later.drafts().by_code(&draft.code, now()).await.unwrap()] {
            assert!(matches!(found, Resume::Found(_)));
        }
        let Err(Error::Setup(why)) = w.again(w.root.clone()).await else { panic!("opened with the old key") };
        assert!(why.starts_with(WRONG_ROOT) && why.contains(&new.fingerprint().unwrap()), "{why}");
    }

    async fn a_stop_at_any_step_leaves_one_key_that_opens_everything(w: World) {
        let path = w.folder.join("key");
        put(&path, &[&w.root], &["4b".repeat(32)]);
        let new = RootKey::random(&Entropy::System);
        // Stopped after the file was written: both keys are there, all is under the old one.
        put(&path, &[&new, &w.root], &[]);
        let store = open(&w, path.clone()).await.unwrap();
        assert_eq!(store.key_status().await.unwrap().root, w.root.fingerprint().unwrap());
        // An authority that joins now is under the old one, too, and comes along.
        store.create_tenant(authority("altenburg", "Altenburg")).await.unwrap();
        assert_eq!(store.rewrap(&new).await.unwrap(), 2);
        // Stopped before the old key was taken out of the file.
        let store = open(&w, path.clone()).await.unwrap();
        assert_eq!(store.key_status().await.unwrap().tenants, [(new.fingerprint().unwrap(), 2)]);
        for id in ["nobitz", "altenburg"] {
            store.tenant(&id.into()).await.unwrap();
        }
        // Without the key that it is under, nothing is changed.
        let third = RootKey::random(&Entropy::System);
        let stale = w.store.clone();
        assert!(matches!(stale.rewrap(&third).await, Err(Error::Setup(_))), "it knows the first key only");
        assert!(matches!(stale.create_tenant(authority("gera", "Gera")).await, Err(Error::Setup(_))));
        assert_eq!(store.key_status().await.unwrap().tenants, [(new.fingerprint().unwrap(), 2)]);
    }

    async fn data_from_before_keep_what_was_derived_from_their_root_key(w: World) {
        let old = "delete from installation_key; update key_check set root = '', since_at = 0; update tenant_key set root = ''";
        raw_shared(&w, old);
        let store = w.again(w.root.clone()).await.unwrap();
        store.add_clerk(&"nobitz".into(), "a@b.example", "A. B.", "Geheim-2026", &["clerk".into()], "system", now()).await.unwrap();
        let draft = store.drafts().create(&"16077036".into(), "x", json!({}), now()).await.unwrap();
        // Had the first start drawn new ones, they would be lost now.
        raw_shared(&w, old);
        let store = w.again(w.root.clone()).await.unwrap();
        assert!(logs_in(&store).await);
        assert_eq!(store.key_status().await.unwrap().since, None, "nobody noted it then");
        let new = RootKey::random(&Entropy::System);
        store.rewrap(&new).await.unwrap();
        let store = w.again(new).await.unwrap();
        assert!(logs_in(&store).await);
        assert!(matches!(store.drafts().by_code(&draft.code, now()).await.unwrap(), Resume::Found(_)));
    }

    async fn what_was_moved_between_keys_does_not_open(w: World) {
        w.store.create_tenant(authority("altenburg", "Altenburg")).await.unwrap();
        raw_shared(&w, "update tenant_key set body = (select k.body from tenant_key as k where k.tenant = 'altenburg')");
        let store = w.again(w.root.clone()).await.unwrap();
        assert!(matches!(store.tenant(&"nobitz".into()).await, Err(Error::Sealed(_))));
        raw_shared(&w, "update installation_key set body = (select k.body from installation_key as k where k.name = 'drafts')");
        assert!(matches!(w.again(w.root.clone()).await, Err(Error::Sealed(_))));
    }
}
