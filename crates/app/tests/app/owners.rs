//! The first tenant and its owner: made once, by nobody's well-known password.

use argon2::{Argon2, PasswordHash, PasswordVerifier as _};
use opbx_app::models::{ResCompany, ResUsers};
use opbx_app::owners::{FirstOwner, OwnerError, ensure_first_tenant, ensure_owner};
use opbx_app::tenants::install_shared_data;
use opbx_kernel::{Operator, Scope, TenantId};
use opbx_platform::{Domain, Values};
use opbx_store::Store;
use opbx_testkit::{TestDb, on_both_databases, product_registry};

const EMAIL: &str = "owner@example.com";

async fn empty(db: &TestDb) -> Store {
    let store = db.store(product_registry()).await;
    install_shared_data(&store).await.expect("the countries");
    store
}

fn first(password: Option<&str>) -> FirstOwner {
    FirstOwner { email: EMAIL.into(), password: password.map(str::to_owned), is_for_once: true }
}

async fn users(store: &Store, tenant: TenantId) -> Vec<ResUsers> {
    let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
    tx.all::<ResUsers>(&Domain::All).await.expect("users")
}

/// Whether the password opens the account of the only user.
async fn opens(store: &Store, tenant: TenantId, password: &str) -> bool {
    let owner = users(store, tenant).await.remove(0).id;
    let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
    let hash = tx.reveal("res.users", owner, "password_hash").await.expect("a secret").expect("a hash");
    let hash = String::from_utf8(hash).expect("text");
    assert!(hash.starts_with("$argon2id$") && !hash.contains(password), "{hash}");
    Argon2::default().verify_password(password.as_bytes(), &PasswordHash::new(&hash).expect("a hash")).is_ok()
}

on_both_databases! {
    async fn an_empty_installation_gets_one_tenant_with_a_company(db: TestDb) {
        let store = empty(&db).await;
        let tenant = ensure_first_tenant(&store).await.expect("a tenant");
        assert_eq!(ensure_first_tenant(&store).await.expect("the same"), tenant);
        let all = store.tenants(&Operator::because("a test")).await.expect("tenants");
        assert_eq!(all.len(), 1);
        let mut tx = store.read(&Scope::system(tenant, "a test")).await.expect("a transaction");
        assert_eq!(tx.all::<ResCompany>(&Domain::All).await.expect("companies").len(), 1);
    }

    async fn the_first_owner_is_made_once_and_never_a_second(db: TestDb) {
        let store = empty(&db).await;
        let tenant = ensure_first_tenant(&store).await.expect("a tenant");
        let drawn = ensure_owner(&store, tenant, &first(None)).await.expect("an owner").expect("a password");
        assert_eq!((drawn.email.as_str(), drawn.password.len()), (EMAIL, 24));
        let before = users(&store, tenant).await;
        assert_eq!(before.len(), 1);
        assert!(opens(&store, tenant, &drawn.password).await);
        assert!(!opens(&store, tenant, "password").await && !opens(&store, tenant, EMAIL).await);
        for again in [
            first(None),
            first(Some("another password")),
            FirstOwner { email: "thief@example.com".into(), ..first(None) },
        ] {
            assert_eq!(ensure_owner(&store, tenant, &again).await.expect("nothing to do"), None);
        }
        assert_eq!(users(&store, tenant).await, before);
        assert!(
            opens(&store, tenant, &drawn.password).await && !opens(&store, tenant, "another password").await
        );
    }

    async fn only_a_drawn_password_is_good_for_once_and_not_where_it_is_to_last(db: TestDb) {
        for (password, is_for_once, must_choose) in
            [(None, true, true), (None, false, false), (Some("pässword"), true, false)]
        {
            let store = empty(&db).await;
            let tenant = opbx_testkit::tenant(&store, &format!("of-{must_choose}-{is_for_once}")).await;
            opbx_app::tenants::install_new_data(&store).await.expect("the groups");
            let wanted = FirstOwner { is_for_once, ..first(password) };
            ensure_owner(&store, tenant, &wanted).await.expect("an owner");
            let owner = users(&store, tenant).await.remove(0);
            assert_eq!(
                (owner.password_reset_required, owner.password_drawn),
                (must_choose, password.is_none()),
                "{wanted:?}"
            );
        }
    }

    async fn a_given_password_is_taken_and_never_given_back(db: TestDb) {
        let store = empty(&db).await;
        let tenant = ensure_first_tenant(&store).await.expect("a tenant");
        assert_eq!(ensure_owner(&store, tenant, &first(Some("pässword"))).await.expect("an owner"), None);
        assert!(opens(&store, tenant, "pässword").await);
    }

    async fn a_short_password_is_refused_and_makes_nobody(db: TestDb) {
        let store = empty(&db).await;
        let tenant = ensure_first_tenant(&store).await.expect("a tenant");
        for short in ["", "1234567", "ääääääá"] {
            let refused = ensure_owner(&store, tenant, &first(Some(short))).await;
            assert!(matches!(refused, Err(OwnerError::ShortPassword)), "{short:?}: {refused:?}");
        }
        assert!(users(&store, tenant).await.is_empty());
    }

    async fn somebody_who_exists_becomes_the_owner_and_keeps_the_name(db: TestDb) {
        let store = empty(&db).await;
        let tenant = ensure_first_tenant(&store).await.expect("a tenant");
        let mut tx = store.begin(&Scope::system(tenant, "a test")).await.expect("a transaction");
        let values = Values::from([
            ("name".to_owned(), "Olga".into()),
            ("email".to_owned(), "Owner@Example.com".into()),
        ]);
        tx.create("res.users", values).await.expect("a user");
        tx.commit().await.expect("it lasts");
        ensure_owner(&store, tenant, &first(Some("a good password"))).await.expect("an owner");
        let users = users(&store, tenant).await;
        assert_eq!((users.len(), users[0].name.as_str(), users[0].groups.len()), (1, "Olga", 1));
    }

    async fn an_owner_of_one_tenant_is_nobody_in_another(db: TestDb) {
        let store = empty(&db).await;
        let one = ensure_first_tenant(&store).await.expect("a tenant");
        let operator = Operator::because("a test");
        let (other, tx) =
            opbx_app::tenants::begin(&store, &operator, "other", "Other").await.expect("another");
        tx.commit().await.expect("it lasts");
        ensure_owner(&store, one, &first(None)).await.expect("an owner");
        assert!(users(&store, other).await.is_empty());
        assert!(ensure_owner(&store, other, &first(None)).await.expect("its own").is_some());
        assert_eq!((users(&store, one).await.len(), users(&store, other).await.len()), (1, 1));
    }
}
