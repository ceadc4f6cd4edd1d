use super::*;
use crate::clock;
use crate::store::{CachedToken, Saved};
use crate::token::{ACCESS_TOKEN, Fields, Lifetime, SecretText, Token};

pub(super) fn cached_token(name: &str) -> CachedToken {
    let fields = Fields::of_token(SecretText::parse(name.into()).unwrap());
    let lifetime = Lifetime::Stated(Duration::from_secs(3600));
    CachedToken::new(
        Token { fields, headers: Vec::new(), details: Vec::new(), lifetime, choices: Vec::new() },
        clock::now(),
        clock::now(),
    )
}

fn token(disk: &Disk) -> Option<String> {
    disk.load().token.map(|token| token.fields.get(ACCESS_TOKEN).unwrap().to_owned())
}

#[test]
fn a_holder_that_wakes_late_saves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let disk = Disk::new(&home.path().join("cache"), "identity".into());
    let deadline = Deadline::new(std::time::Instant::now(), Duration::from_secs(9));
    let Claim::Mine(first) = disk.claim(&deadline, &mut |_| false) else { panic!("not mine") };
    let save = |guard: &dyn Guard, name: &str| {
        guard.save(&|record| record.note_token(cached_token(name), Duration::ZERO)).unwrap()
    };
    // In a later millisecond than the lock.
    std::thread::sleep(Duration::from_millis(2));
    assert_eq!(save(&*first, "one"), Saved::Yes);
    assert_eq!(save(&*first, "two"), Saved::Overtaken, "there is a newer token");
    assert!(disk.try_claim(&deadline).is_none(), "the slot is taken");
    drop(first);
    let second = disk.try_claim(&Deadline::new(std::time::Instant::now(), Duration::ZERO)).unwrap();
    assert_eq!(save(&*second, "two"), Saved::Overtaken, "it is late");
    assert_eq!(token(&disk).as_deref(), Some("one"));
}

#[test]
fn forget_removes_the_record_and_abandoned_files() {
    let home = tempfile::tempdir().unwrap();
    let disk = Disk::new(&home.path().join("cache"), "identity".into());
    let deadline = Deadline::new(std::time::Instant::now(), Duration::from_secs(9));
    let guard = disk.try_claim(&deadline).unwrap();
    guard.save(&|record| record.note_token(cached_token("one"), Duration::ZERO)).unwrap();
    drop(guard);
    for left in ["tmp1", "tmp2", "tmp-0123456789abcdef"] {
        std::fs::copy(
            home.path().join(format!("cache/{}.json", disk.digest())),
            home.path().join(format!("cache/{}.{left}", disk.digest())),
        )
        .unwrap();
    }
    assert_eq!(disk.forget(&deadline).unwrap(), Some(true));
    let names = std::fs::read_dir(home.path().join("cache"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| !name.contains(".lock")).collect();
    assert_eq!(left, Vec::<String>::new());
}

fn disk() -> (tempfile::TempDir, Disk) {
    let home = tempfile::tempdir().unwrap();
    let disk = Disk::new(&home.path().join("cache"), "identity".into());
    (home, disk)
}

/// The deadline of a call that began this many milliseconds ago.
fn begun(ago: u64, total: u64) -> Deadline {
    let start = std::time::Instant::now().checked_sub(Duration::from_millis(ago)).unwrap();
    Deadline::new(start, Duration::from_millis(total))
}

#[test]
fn a_waiter_waits_for_the_holder_until_its_call_times_out() {
    let (home, disk) = disk();
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    let looks = std::cell::Cell::new(0);
    let mut look = |_: &Record| {
        looks.set(looks.get() + 1);
        false
    };
    assert!(matches!(disk.claim(&begun(0, 700), &mut look), Claim::Locked));
    // Each pause is twice as long as the one before, up to 100 ms.
    assert!((2..30).contains(&looks.get()), "{}", looks.get());
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| matches!(disk.claim(&begun(0, 60_000), &mut |_| false), Claim::Mine(_)));
        std::thread::sleep(Duration::from_millis(300));
        drop(guard);
        assert!(waiter.join().unwrap());
    });
    assert!(!home.path().join(format!("cache/{}.tmp1", disk.digest())).exists(), "the temporary file is removed");
}

#[test]
fn a_waiter_takes_over_from_an_overdue_holder() {
    let (_home, disk) = disk();
    let overdue = disk.try_claim(&begun(0, 0)).unwrap();
    let Claim::Mine(second) = disk.claim(&begun(0, 60_000), &mut |_| false) else { panic!("not mine") };
    second.save(&|record| record.note_token(cached_token("two"), Duration::ZERO)).unwrap();
    let answer = disk.claim(&begun(0, 60_000), &mut |record| record.token.is_some());
    assert!(matches!(answer, Claim::Answered));
    drop(overdue);
    assert!(disk.try_claim(&begun(0, 9_000)).is_none(), "the process that took over still holds its slot");
    drop(second);
    assert!(disk.try_claim(&begun(0, 9_000)).is_some());
    assert_eq!(token(&disk).as_deref(), Some("two"));
}

#[test]
fn no_attempt_begins_with_too_little_time() {
    let (_home, disk) = disk();
    for (ago, is_begun) in [(0, true), (5_000, true), (8_800, false), (9_500, false)] {
        let claim = disk.claim(&begun(ago, 9_000), &mut |_| false);
        assert_eq!(matches!(claim, Claim::Mine(_)), is_begun, "{ago}");
    }
}

#[test]
fn trouble_says_why_nothing_can_be_cached() {
    let (home, disk) = disk();
    assert_eq!(disk.trouble(), None, "it can be created");
    drop(disk.try_claim(&begun(0, 9_000)));
    assert_eq!(disk.trouble(), None);
    std::fs::remove_dir_all(home.path().join("cache")).unwrap();
    sys::link_directory(home.path(), home.path().join("cache")).unwrap();
    if home.path().join("cache").is_symlink() {
        let trouble = disk.trouble().unwrap();
        assert!(trouble.contains("cache cannot be used as a cache: "), "{trouble}");
    }
    let file = home.path().join("file");
    std::fs::File::create_new(&file).unwrap();
    let below = Disk::new(&file.join("x"), "identity".into());
    assert!(below.trouble().is_some() && below.try_claim(&begun(0, 9_000)).is_none());
}

#[test]
fn only_the_rejected_token_is_dropped() {
    let (_home, disk) = disk();
    disk.try_claim(&begun(0, 9_000))
        .unwrap()
        .save(&|record| record.note_token(cached_token("one"), Duration::ZERO))
        .unwrap();
    let drop_token = |name: &str| disk.drop_token(&begun(0, 700), &|cached| cached.fields.hold(name)).unwrap();
    assert!(drop_token("two"));
    assert_eq!(token(&disk).as_deref(), Some("one"), "another one was rejected");
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    assert!(drop_token("two"), "a token that is not cached needs no lock");
    assert!(!drop_token("one"), "another process holds the lock");
    drop(guard);
    assert!(drop_token("one"));
    assert_eq!(token(&disk), None);
    assert!(disk.load().exchange.is_some(), "the last exchange is still known");
}

#[test]
fn a_drop_that_was_overtaken_is_tried_again_within_its_time() {
    for (stops, is_dropped) in [(1, true), (2, false)] {
        let (_home, disk) = disk();
        let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
        guard.save(&|record| record.note_token(cached_token("one"), Duration::ZERO)).unwrap();
        drop(guard);
        // The first look takes no lock. Of each two later ones the second has the lock: the holder is stopped there for a
        // little longer than the takeover age, and a little less than half of its time.
        let looks = std::cell::Cell::new(0);
        let is_rejected = |_: &CachedToken| {
            looks.set(looks.get() + 1);
            if [3, 5].iter().take(stops).any(|look| looks.get() == *look) {
                std::thread::sleep(Duration::from_millis(1_450));
            }
            true
        };
        assert_eq!(disk.drop_token(&begun(0, 3_000), &is_rejected).unwrap(), is_dropped);
        assert_eq!(token(&disk).is_none(), is_dropped, "stopped {stops} times");
    }
}

#[test]
fn forget_needs_the_lock_and_follows_no_link() {
    let (home, disk) = disk();
    assert_eq!(disk.forget(&begun(0, 9_000)).unwrap(), Some(false), "there is no token");
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    assert_eq!(disk.forget(&begun(0, 300)).unwrap(), None, "another process holds the lock");
    drop(guard);
    std::fs::remove_dir_all(home.path().join("cache")).unwrap();
    sys::link_directory(home.path(), home.path().join("cache")).unwrap();
    // Wine shows a link as what it leads to.
    assert!(!home.path().join("cache").is_symlink() || disk.forget(&begun(0, 9_000)).is_err());
}

#[test]
fn a_temporary_file_is_made_in_advance_only_with_a_lock() {
    let (home, disk) = disk();
    let temporary = || {
        let names = std::fs::read_dir(home.path().join("cache")).unwrap();
        names.filter(|name| name.as_ref().unwrap().file_name().to_string_lossy().contains(".tmp")).count()
    };
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    assert_eq!(temporary(), 1);
    drop(guard);
    let lock = home.path().join(format!("cache/{}.lock1", disk.digest()));
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let Claim::Mine(unlocked) = disk.claim(&begun(0, 9_000), &mut |_| false) else { panic!("not mine") };
    assert_eq!(temporary(), 0, "a killed process would leave it for ever");
    unlocked.save(&|record| record.note_token(cached_token("one"), Duration::ZERO)).unwrap();
    assert_eq!((temporary(), token(&disk).as_deref()), (0, Some("one")));
}

#[test]
fn a_failed_save_is_an_error_and_leaves_no_file() {
    let (home, disk) = disk();
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    let path = home.path().join(format!("cache/{}.json", disk.digest()));
    std::fs::create_dir(&path).unwrap();
    assert!(guard.save(&|record| record.note_token(cached_token("one"), Duration::ZERO)).is_err());
    drop(guard);
    std::fs::remove_dir(&path).unwrap();
    assert!(!home.path().join(format!("cache/{}.tmp1", disk.digest())).exists());
    assert_eq!(token(&disk), None);
}
