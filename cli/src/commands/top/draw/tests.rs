use super::super::document::Overview;
use super::super::model::Model;
use super::super::samples::{asleep, busy};
use super::draw;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use std::time::{Duration, Instant};

fn model(overview: Overview, now: Instant) -> Model {
    let mut model = Model::new("http://127.0.0.1:8080".to_owned(), true);
    for second in 0..12 {
        let mut before = overview.clone();
        before.accepted.per_second = f64::from(second) * 2.0;
        model.take(before, now);
    }
    model.take(overview, now);
    model
}

fn terminal(model: &Model, now: Instant, width: u16, height: u16) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| assert!(draw(frame, model, now) < usize::MAX)).unwrap();
    terminal
}

fn page(model: &Model, now: Instant, width: u16, height: u16) -> String {
    let terminal = terminal(model, now, width, height);
    let buffer = terminal.backend().buffer();
    let row = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..height).map(|y| format!("{}\n", row(y).trim_end())).collect()
}

#[test]
fn a_page_of_the_usual_size_has_figures_plots_and_pools() {
    let now = Instant::now();
    insta::assert_snapshot!(page(&model(busy(), now), now, 80, 24));
}

#[test]
fn what_is_not_known_is_told_as_such_and_is_a_gap() {
    let now = Instant::now();
    insta::assert_snapshot!(page(&model(asleep(), now), now, 100, 30));
}

#[test]
fn a_small_page_has_the_figures_first() {
    let now = Instant::now();
    insta::assert_snapshot!(page(&model(busy(), now), now, 40, 10));
}

#[test]
fn a_low_page_has_low_plots() {
    let now = Instant::now();
    insta::assert_snapshot!(page(&model(busy(), now), now, 80, 16));
}

#[test]
fn old_figures_are_dim_and_told_to_be_old() {
    let now = Instant::now();
    let mut model = model(busy(), now);
    let later = now + Duration::from_secs(12);
    model.lose("cannot connect to http://127.0.0.1:8080: Connection refused".to_owned());
    (0..12).for_each(|_| model.second(later));
    insta::assert_snapshot!(page(&model, later, 80, 24));
    let terminal = terminal(&model, later, 80, 24);
    let plotted = terminal.backend().buffer().content().iter().any(|cell| cell.fg == Color::Cyan);
    assert!(!plotted, "old figures have no colour");
}

#[test]
fn before_the_first_figures_there_are_none() {
    let mut model = Model::new("http://127.0.0.1:8080".to_owned(), true);
    assert!(page(&model, Instant::now(), 60, 5).contains("Asking the workers"));
    model.lose("the dispatcher ended the stream".to_owned());
    insta::assert_snapshot!(page(&model, Instant::now(), 60, 5));
}

#[test]
fn the_help_tells_the_keys() {
    let now = Instant::now();
    let mut model = model(busy(), now);
    model.help = true;
    insta::assert_snapshot!(page(&model, now, 80, 24));
}

#[test]
fn a_table_with_more_lines_than_place_is_scrolled_to_its_end_and_no_further() {
    let now = Instant::now();
    let mut overview = busy();
    let mut flow = overview.pools[0].flows[0].clone();
    for number in 0..30 {
        flow.name = format!("flow-{number}");
        overview.pools[0].flows.push(flow.clone());
    }
    let mut model = model(overview, now);
    let top = page(&model, now, 80, 24);
    assert!(top.contains("default  4 workers") && !top.contains("flow-29"), "{top}");
    model.scroll = usize::MAX;
    let end = page(&model, now, 80, 24);
    assert!(end.contains("flow-29") && !end.contains("default  4 workers"), "{end}");
    assert!(end.contains("lines 25 to 33 of 33"), "{end}");
}

#[test]
fn without_colours_nothing_is_coloured() {
    let now = Instant::now();
    let mut model = model(asleep(), now);
    model.colours = false;
    let terminal = terminal(&model, now, 100, 30);
    let cells = terminal.backend().buffer().content();
    assert!(cells.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
}

#[test]
fn no_size_is_too_small_to_draw() {
    let now = Instant::now();
    let mut model = model(asleep(), now);
    for (width, height) in [(1, 1), (1, 60), (200, 1), (2, 2), (3, 7), (40, 10), (61, 17), (500, 200)] {
        for help in [false, true] {
            model.help = help;
            model.scroll = 3;
            page(&model, now, width, height);
        }
    }
}

#[test]
fn a_shop_cannot_write_to_the_terminal_past_the_page() {
    let now = Instant::now();
    let mut overview = busy();
    overview.pools[0].name = "a\u{1b}[31mb".to_owned();
    assert!(!page(&model(overview, now), now, 80, 24).contains('\u{1b}'));
}
