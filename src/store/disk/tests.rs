use super::*;
use crate::clock;
use crate::store::{CachedToken, Saved};
use crate::token::{ACCESS_TOKEN, Fields, Lifetime, SecretText, Token};

fn kept(name: &str) -> CachedToken {
    let fields = Fields::of_token(SecretText::parse(name.into()).unwrap());
    let lifetime = Lifetime::Stated(Duration::from_secs(3600));
    CachedToken::new(Token { fields, headers: Vec::new(), lifetime, choices: Vec::new() }, clock::now())
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
    let save =
        |guard: &dyn Guard, name: &str| guard.save(&|record| record.note_token(kept(name), Duration::ZERO)).unwrap();
    assert_eq!(save(&*first, "one"), Saved::Yes);
    assert_eq!(save(&*first, "two"), Saved::Overtaken, "there is a newer token");
    assert!(disk.try_claim(&deadline).is_none(), "the slot is taken");
    drop(first);
    let second = disk.try_claim(&Deadline::new(std::time::Instant::now(), Duration::ZERO)).unwrap();
    assert_eq!(save(&*second, "two"), Saved::Overtaken, "its time is over");
    assert_eq!(token(&disk).as_deref(), Some("one"));
}

#[test]
fn what_is_forgotten_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let disk = Disk::new(&home.path().join("cache"), "identity".into());
    let deadline = Deadline::new(std::time::Instant::now(), Duration::from_secs(9));
    let guard = disk.try_claim(&deadline).unwrap();
    guard.save(&|record| record.note_token(kept("one"), Duration::ZERO)).unwrap();
    drop(guard);
    for left in ["tmp1", "tmp2", "tmp-0123456789abcdef"] {
        std::fs::copy(
            home.path().join(format!("cache/{}.json", disk.digest())),
            home.path().join(format!("cache/{}.{left}", disk.digest())),
        )
        .unwrap();
    }
    assert!(disk.forget(&deadline).unwrap());
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

/// A call that began so many milliseconds ago.
fn begun(ago: u64, total: u64) -> Deadline {
    let start = std::time::Instant::now().checked_sub(Duration::from_millis(ago)).unwrap();
    Deadline::new(start, Duration::from_millis(total))
}

#[test]
fn who_holds_in_time_is_waited_for_until_the_calls_time_is_over() {
    let (home, disk) = disk();
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    let looks = std::cell::Cell::new(0);
    let mut look = |_: &Record| {
        looks.set(looks.get() + 1);
        false
    };
    assert!(matches!(disk.claim(&begun(0, 700), &mut look), Claim::TooLate));
    // Each pause is half again as long as the one before, up to 60 ms.
    assert!((2..60).contains(&looks.get()), "{}", looks.get());
    std::thread::scope(|scope| {
        let waiter = scope.spawn(|| matches!(disk.claim(&begun(0, 60_000), &mut |_| false), Claim::Mine(_)));
        std::thread::sleep(Duration::from_millis(300));
        drop(guard);
        assert!(waiter.join().unwrap());
    });
    assert!(!home.path().join(format!("cache/{}.tmp1", disk.digest())).exists(), "the room is given back");
}

#[test]
fn who_is_overdue_is_passed_by_and_an_answer_ends_the_wait() {
    let (_home, disk) = disk();
    let overdue = disk.try_claim(&begun(0, 0)).unwrap();
    let Claim::Mine(second) = disk.claim(&begun(0, 60_000), &mut |_| false) else { panic!("not mine") };
    second.save(&|record| record.note_token(kept("two"), Duration::ZERO)).unwrap();
    let answer = disk.claim(&begun(0, 60_000), &mut |record| record.token.is_some());
    assert!(matches!(answer, Claim::Answered));
    drop(overdue);
    assert!(disk.try_claim(&begun(0, 9_000)).is_none(), "whoever took over is still at it");
    drop(second);
    assert!(disk.try_claim(&begun(0, 9_000)).is_some());
    assert_eq!(token(&disk).as_deref(), Some("two"));
}

#[test]
fn nothing_is_begun_that_has_too_little_time() {
    let (_home, disk) = disk();
    for (ago, is_begun) in [(0, true), (5_000, true), (8_800, false), (9_500, false)] {
        let claim = disk.claim(&begun(ago, 9_000), &mut |_| false);
        assert_eq!(matches!(claim, Claim::Mine(_)), is_begun, "{ago}");
    }
}

#[test]
fn it_is_said_why_nothing_can_be_kept() {
    let (home, disk) = disk();
    assert_eq!(disk.trouble(), None, "it can be made");
    drop(disk.try_claim(&begun(0, 9_000)));
    assert_eq!(disk.trouble(), None);
    std::fs::remove_dir_all(home.path().join("cache")).unwrap();
    sys::symlink(home.path(), home.path().join("cache")).unwrap();
    let trouble = disk.trouble().unwrap();
    assert!(trouble.contains("cache cannot be used as a cache: "), "{trouble}");
    let below = Disk::new(Path::new("/dev/null/x"), "identity".into());
    assert!(below.trouble().is_some() && below.try_claim(&begun(0, 9_000)).is_none());
}

#[test]
fn only_a_token_that_was_refused_is_dropped() {
    let (_home, disk) = disk();
    disk.try_claim(&begun(0, 9_000)).unwrap().save(&|record| record.note_token(kept("one"), Duration::ZERO)).unwrap();
    let drop_token = |name: &str| disk.drop_token(&begun(0, 700), &|kept| kept.fields.hold(name)).unwrap();
    assert!(drop_token("two"));
    assert_eq!(token(&disk).as_deref(), Some("one"), "another one was refused");
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    assert!(drop_token("two"), "what is not there needs no lock");
    assert!(!drop_token("one"), "another process is at it");
    drop(guard);
    assert!(drop_token("one"));
    assert_eq!(token(&disk), None);
    assert!(disk.load().exchange.is_some(), "what is known of the endpoint stays");
}

#[test]
fn a_refused_token_is_dropped_though_others_went_on_meanwhile_or_it_is_said_that_it_is_not() {
    for (stops, is_dropped) in [(1, true), (2, false)] {
        let (_home, disk) = disk();
        let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
        guard.save(&|record| record.note_token(kept("one"), Duration::ZERO)).unwrap();
        drop(guard);
        // The first look takes no lock, and of each two that follow the second is the holder's, who is stopped there:
        // a little longer than others wait, and a little less than half of all its time.
        let looks = std::cell::Cell::new(0);
        let refused = |_: &CachedToken| {
            looks.set(looks.get() + 1);
            if [3, 5].iter().take(stops).any(|look| looks.get() == *look) {
                std::thread::sleep(Duration::from_millis(1_450));
            }
            true
        };
        assert_eq!(disk.drop_token(&begun(0, 3_000), &refused).unwrap(), is_dropped);
        assert_eq!(token(&disk).is_none(), is_dropped, "stopped {stops} times");
    }
}

#[test]
fn where_nothing_is_kept_there_is_nothing_to_forget_and_a_link_is_an_error() {
    let (home, disk) = disk();
    assert!(disk.forget(&begun(0, 9_000)).unwrap());
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    assert!(!disk.forget(&begun(0, 300)).unwrap(), "another process is at it");
    drop(guard);
    std::fs::remove_dir_all(home.path().join("cache")).unwrap();
    sys::symlink(home.path(), home.path().join("cache")).unwrap();
    assert!(disk.forget(&begun(0, 9_000)).is_err());
}

#[test]
fn room_is_made_under_the_lock_and_nothing_left_lying_without_it() {
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
    assert_eq!(temporary(), 0, "a kill would leave it for ever");
    unlocked.save(&|record| record.note_token(kept("one"), Duration::ZERO)).unwrap();
    assert_eq!((temporary(), token(&disk).as_deref()), (0, Some("one")));
}

#[test]
fn a_record_that_cannot_be_put_in_its_place_is_an_error_and_leaves_nothing_lying() {
    let (home, disk) = disk();
    let guard = disk.try_claim(&begun(0, 9_000)).unwrap();
    let place = home.path().join(format!("cache/{}.json", disk.digest()));
    std::fs::create_dir(&place).unwrap();
    assert!(guard.save(&|record| record.note_token(kept("one"), Duration::ZERO)).is_err());
    drop(guard);
    std::fs::remove_dir(&place).unwrap();
    assert!(!home.path().join(format!("cache/{}.tmp1", disk.digest())).exists());
    assert_eq!(token(&disk), None);
}
