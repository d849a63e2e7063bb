//! The page in a real browser: filters, links, keys, themes, and that nothing hostile runs.

use fantoccini::{Client, Locator, key::Key};
use serde_json::{Value, json};
use tempfile::TempDir;
use wsspec_record::Record;
use wsspec_reports::write_html;

use driver::{DESK, Screen, browse, keep};

mod driver;
mod fixture;

/// A page in its own folder, and its address.
fn page(names: &[&str]) -> (TempDir, String) {
    let record = fixture::record();
    let dir = tempfile::tempdir().unwrap();
    let records: Vec<(String, &Record)> = names.iter().map(|name| ((*name).to_owned(), &record)).collect();
    let path = dir.path().join("page.html");
    write_html(&path, &records).unwrap();
    let address = format!("file://{}", path.display());
    (dir, address)
}

async fn js(client: &Client, script: &str) -> Value {
    client.execute(script, Vec::new()).await.unwrap()
}

async fn one(client: &Client, selector: &str) -> fantoccini::elements::Element {
    client.wait().for_element(Locator::Css(selector)).await.unwrap()
}

async fn text(client: &Client, selector: &str) -> String {
    one(client, selector).await.text().await.unwrap()
}

async fn click(client: &Client, selector: &str) {
    one(client, selector).await.click().await.unwrap();
}

/// Waits until the page says that it shows this many trials.
async fn status(client: &Client, text: &str) {
    let path = format!("//*[@data-part='status'][.='{text}']");
    if client.wait().for_element(Locator::XPath(&path)).await.is_err() {
        panic!("not {text:?} but {:?}", self::text(client, "[data-part=status]").await);
    }
}

/// The contents of the address bar.
async fn location(client: &Client) -> String {
    client.current_url().await.unwrap().to_string()
}

/// A key that does not produce a character.
fn named(key: Key) -> String {
    char::from(key).to_string()
}

/// The element with the focus, in short.
async fn focused(client: &Client) -> String {
    let script =
        "const at = document.activeElement; return at.name || at.closest('li')?.id || at.id || at.tagName";
    js(client, script).await.as_str().unwrap().to_owned()
}

#[test]
fn the_first_failure_is_open_and_filters_choose_the_others() {
    let (_dir, address) = page(&["one"]);
    browse(DESK, |client| async move {
        client.goto(&address).await.unwrap();
        one(&client, "li.trial.open .sequence").await;
        keep(&client, "light").await;
        status(&client, "8 of 13 trials").await;
        assert!(text(&client, "li.trial.open blockquote").await.contains("a ping is answered with a pong"));
        assert!(
            text(&client, "li.trial.open .again code")
                .await
                .starts_with("wsspec run ws://127.0.0.1:9001 rfc6455/")
        );
        click(&client, "input[value=pass]").await;
        status(&client, "9 of 13 trials").await;
        assert!(
            location(&client).await.ends_with(
                "#?verdict=fail&verdict=unexpected&verdict=flaky&verdict=inconclusive&verdict=pass"
            )
        );
        click(&client, "button[type=reset]").await;
        status(&client, "All 13 trials").await;
        one(&client, "input[name=q]").await.send_keys("COMPRESSION answered").await.unwrap();
        status(&client, "2 of 13 trials").await;
        click(&client, "button[type=reset]").await;
        one(&client, "select[name=section]").await.select_by_label("rfc6455/5.2").await.unwrap();
        status(&client, "1 of 13 trials").await;
        assert_eq!(text(&client, "li.trial h3 code").await, "rfc6455/5.2/reserved-bit[bit=2]");
        // Anyone who opens the address sees the same.
        let shared = location(&client).await;
        assert!(shared.ends_with("#?verdict=&section=rfc6455/5.2"), "{shared}");
        client.goto("about:blank").await.unwrap();
        client.goto(&shared).await.unwrap();
        status(&client, "1 of 13 trials").await;
        click(&client, "li.trial h3 button").await;
        let shared = location(&client).await;
        assert!(shared.ends_with("reserved-bit%5Bbit%3D2%5D?verdict=&section=rfc6455/5.2"), "{shared}");
        client.goto("about:blank").await.unwrap();
        client.goto(&shared).await.unwrap();
        status(&client, "1 of 13 trials").await;
        one(&client, "li.trial.open").await;
    });
}

#[test]
fn trials_of_one_cause_are_folded_and_a_link_unfolds_them() {
    let mut record = fixture::record();
    for number in 0..8 {
        let mut trial = fixture::between_fragments();
        trial.id = format!("rfc6455/5.4/more[{number}]");
        record.trials.push(trial);
    }
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("page.html");
    write_html(&path, &[("one".to_owned(), &record)]).unwrap();
    let page = format!("file://{}", path.display());
    browse(DESK, |client| async move {
        client.goto(&page).await.unwrap();
        status(&client, "16 of 21 trials").await;
        let heading = text(&client, "li.cause").await;
        assert!(heading.starts_with("10 trials failed: a ping is answered with a pong"), "{heading}");
        assert_eq!(text(&client, "li.fold button").await, "Show 9 more trials of this cause");
        assert!(text(&client, "li.trial.open .explained").await.contains("answer a ping where it is read."));
        keep(&client, "folded").await;
        let trials = "return document.querySelectorAll('li.trial').length";
        assert_eq!(js(&client, trials).await, json!(7));
        click(&client, "li.fold button").await;
        assert_eq!(js(&client, trials).await, json!(16));
        client.goto("about:blank").await.unwrap();
        client.goto(&format!("{page}#rfc6455/5.4/more%5B5%5D")).await.unwrap();
        assert_eq!(text(&client, "li.trial.open h3 code").await, "rfc6455/5.4/more[5]");
        assert_eq!(js(&client, trials).await, json!(16));
    });
}

#[test]
fn a_link_opens_its_trial_with_the_bytes_at_fault_marked() {
    let (_dir, address) = page(&["one", "two"]);
    browse(DESK, |client| async move {
        client.goto(&format!("{address}#rfc6455/5.4/payloads%5Bsize=65536,chop=1%5D?on=1")).await.unwrap();
        assert_eq!(text(&client, "li.trial.open .dump mark").await, "fe");
        assert_eq!(focused(&client).await, "rfc6455/5.4/payloads[size=65536,chop=1]");
        assert_eq!(text(&client, ".tabs [aria-pressed=true]").await, "\u{2715} two\nfailed");
        assert_eq!(text(&client, "li.trial.open .fields tr.hit th").await, "MASK");
        keep(&client, "link").await;
        // A cell of the matrix selects its section and target.
        click(&client, ".matrix tbody tr:nth-child(2) td.v-lenient a").await;
        status(&client, "1 of 13 trials").await;
        assert_eq!(focused(&client).await, "trials");
        client.goto(&format!("{address}#rfc6455/5.4/nothing")).await.unwrap();
        client.refresh().await.unwrap();
        one(&client, "li.trial.open").await;
        status(&client, "There is no trial rfc6455/5.4/nothing here.").await;
    });
}

#[test]
fn the_keyboard_is_enough() {
    let (_dir, address) = page(&["one"]);
    browse(DESK, |client| async move {
        client.goto(&address).await.unwrap();
        let keys = |keys: String| {
            let client = client.clone();
            async move { client.active_element().await.unwrap().send_keys(&keys).await.unwrap() }
        };
        keys(named(Key::Tab)).await;
        assert_eq!(js(&client, "return document.activeElement.className").await, json!("skip"));
        keys(named(Key::Enter)).await;
        assert_eq!(focused(&client).await, "trials");
        keys("/".into()).await;
        assert_eq!(focused(&client).await, "q");
        keys("hundred".into()).await;
        status(&client, "1 of 13 trials").await;
        js(&client, "document.querySelector('input[name=q]').value = ''; document.querySelector('form').dispatchEvent(new Event('change'))").await;
        js(&client, "document.querySelector('li.trial h3 button').focus()").await;
        keys("j".into()).await;
        keys(named(Key::Down)).await;
        keys("k".into()).await;
        assert_eq!(focused(&client).await, "rfc6455/5.4/hundred-pings");
        keys("j".into()).await;
        keys(named(Key::Enter)).await;
        one(&client, "li.trial.open .dump mark").await;
        assert!(
            client
                .current_url()
                .await
                .unwrap()
                .as_str()
                .ends_with("#rfc6455/5.4/payloads%5Bsize%3D65536%2Cchop%3D1%5D")
        );
        keys(named(Key::Escape)).await;
        assert_eq!(js(&client, "return document.querySelectorAll('li.trial.open').length").await, json!(0));
    });
}

#[test]
fn nothing_hostile_runs_and_nothing_is_loaded() {
    let (_dir, address) = page(&["<script>alert(1)</script>", fixture::HOSTILE]);
    browse(DESK, |client| async move {
        client.goto(&format!("{address}#?")).await.unwrap();
        click(&client, "button[type=reset]").await;
        let open =
            "document.querySelectorAll('li.trial:not(.open) h3 button').forEach((button) => button.click())";
        js(&client, open).await;
        client.wait().for_element(Locator::Css("li.trial:last-child .body")).await.unwrap();
        let body = text(&client, "main").await;
        assert!(body.contains("<script>alert('&')</script>"), "{body}");
        assert!(!body.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}'));
        assert!(client.get_alert_text().await.is_err());
        let made = "return [...document.querySelectorAll('script, img, iframe, object, embed, link[rel=stylesheet]')].length";
        assert_eq!(js(&client, made).await, json!(3));
        assert_eq!(js(&client, "return performance.getEntriesByType('resource').length").await, json!(0));
        // The page's own policy rejects markup from text and injected scripts.
        let refused = "try { document.body.innerHTML = '<b>x</b>'; return 'taken' } catch (error) { return error.name }";
        assert_eq!(js(&client, refused).await, json!("TypeError"));
        keep(&client, "hostile").await;
    });
}

#[test]
fn a_theme_can_be_chosen_and_lasts() {
    let (_dir, address) = page(&["one"]);
    browse(DESK, |client| async move {
        client.goto(&address).await.unwrap();
        let paper = "return getComputedStyle(document.body).backgroundColor";
        click(&client, "[data-part=theme]").await;
        let light = js(&client, paper).await;
        click(&client, "[data-part=theme]").await;
        let dark = js(&client, paper).await;
        assert_eq!(text(&client, "[data-part=theme]").await, "Theme: dark");
        assert_ne!(light, dark);
        client.refresh().await.unwrap();
        one(&client, "li.trial.open .sequence").await;
        assert_eq!(js(&client, paper).await, dark);
        keep(&client, "dark").await;
    });
}

#[test]
fn a_phone_shows_it_all_without_scrolling_sideways() {
    let (_dir, address) = page(&["one", "two", "three"]);
    let phone = Screen { width: 390, height: 844, phone: true, scripts: true };
    browse(phone, |client| async move {
        client.goto(&format!("{address}#rfc6455/5.4/payloads%5Bsize=65536,chop=1%5D")).await.unwrap();
        one(&client, "li.trial.open .dump mark").await;
        keep(&client, "phone").await;
        assert_eq!(js(&client, "return document.documentElement.scrollWidth").await, json!(390));
    });
}

#[test]
fn without_scripts_the_failures_are_there() {
    let (_dir, address) = page(&["one"]);
    browse(Screen { scripts: false, ..DESK }, |client| async move {
        client.goto(&format!("{address}#trials")).await.unwrap();
        assert!(text(&client, "li.trial .command").await.starts_with("wsspec run ws://127.0.0.1:9001"));
        assert!(text(&client, "noscript").await.contains("need scripts"));
        assert!(!one(&client, "form").await.is_displayed().await.unwrap());
        keep(&client, "without-scripts").await;
    });
}
