use super::tables::{self, count};
use crate::measure::Round;

/// Resident memory, in MiB, at most, with up to so many shops.
const MEMORY: [(usize, f64); 2] = [(1000, 60.0), (5000, 150.0)];

struct Aim {
    what: String,
    aim: String,
    reached: String,
    met: bool,
}

/// What was aimed at, as far as this run can speak of it.
pub(crate) fn table(rounds: &[Round], markdown: bool) -> String {
    let rows = rounds
        .iter()
        .flat_map(judge)
        .map(|aim| vec![aim.what, aim.aim, aim.reached, if aim.met { "met" } else { "missed" }.to_owned()]);
    tables::table("Aims", &["what", "aim", "reached", ""], rows, markdown)
}

fn judge(round: &Round) -> Vec<Aim> {
    let shops = count(round.shops as f64);
    let mut aims = Vec::new();
    let writes = round.rest.audited_writes;
    aims.push(Aim {
        what: format!("writes at rest, {shops} shops"),
        aim: "0".to_owned(),
        reached: writes.to_string(),
        met: writes == 0,
    });
    let writes = round.restart.audited_writes;
    aims.push(Aim {
        what: format!("writes after a restart, {shops} shops"),
        aim: "0".to_owned(),
        reached: writes.to_string(),
        met: writes == 0,
    });
    if let Some((_, most)) = MEMORY.into_iter().find(|(size, _)| *size == round.shops) {
        let mut memory = |when: &str, reached: f64| {
            aims.push(Aim {
                what: format!("RSS {when}, {shops} shops"),
                aim: format!("<= {most:.0} MiB"),
                reached: format!("{reached:.0} MiB"),
                met: reached <= most,
            });
        };
        memory("at rest", round.rest.resident_mib);
        memory("at its peak", round.rest.peak_mib.max(round.restart.peak_mib));
    }
    aims
}
