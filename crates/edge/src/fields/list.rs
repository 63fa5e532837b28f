use super::{Fields, ValueFault};
use serde_json::Value;

/// Faults of one list that are told one by one; a list with a fault in every element would be answered by more than it
/// holds.
const MOST_FAULTS: usize = 20;

impl Fields {
    /// Takes a list that must be there, element by element. `None` means that faults were noted: of the list itself, or
    /// of its elements, the first 20 each for itself and the rest as a number.
    pub fn required_list<T>(
        &mut self,
        name: &'static str,
        most: usize,
        take: impl Fn(&Value) -> Result<T, ValueFault>,
    ) -> Option<Vec<T>> {
        let mut faults = Vec::new();
        let taken = self.required(name, |value| {
            let elements = elements(value, most)?.iter().enumerate();
            let good = elements.filter_map(|(index, element)| {
                take(element).map_err(|fault| faults.push((index, fault))).ok()
            });
            Ok(good.collect::<Vec<_>>())
        });
        if faults.is_empty() {
            return taken;
        }
        let position = self.members.iter().position(|(member, _)| member == name).unwrap_or(usize::MAX);
        let rest = faults.len().saturating_sub(MOST_FAULTS);
        faults.truncate(MOST_FAULTS);
        for (index, fault) in faults {
            self.note_at(position, format!("#/{name}/{index}"), fault);
        }
        if rest > 0 {
            let fault = ValueFault::new("value", format!("{rest} more elements have faults"));
            self.note_at(position, format!("#/{name}"), fault);
        }
        None
    }
}

fn elements(value: &Value, most: usize) -> Result<&[Value], ValueFault> {
    match value {
        Value::Array(elements) if elements.len() <= most => Ok(elements),
        Value::Array(elements) => {
            let detail = format!("must have {most} elements or fewer, not {}", elements.len());
            Err(ValueFault::new("range", detail))
        }
        _ => Err(ValueFault::new("type", "must be an array")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Place, integer};

    fn take(body: &str) -> Result<Vec<i64>, Vec<(String, String)>> {
        let mut fields = Fields::parse(body.as_bytes()).unwrap();
        let Some(list) = fields.required_list("list", 100, |value| integer(0..=9)(value)) else {
            let problem = fields.into_problem();
            return Err(problem
                .errors()
                .iter()
                .map(|fault| match &fault.place {
                    Place::Pointer(pointer) => (pointer.clone(), fault.detail.clone()),
                    place => panic!("{place:?}"),
                })
                .collect());
        };
        fields.finish().unwrap();
        Ok(list)
    }

    fn told(pointer: &str, detail: &str) -> (String, String) {
        (pointer.to_owned(), detail.to_owned())
    }

    #[test]
    fn a_list_is_taken_element_by_element() {
        assert_eq!(take(r#"{"list": [1, 2, 2]}"#).unwrap(), [1, 2, 2]);
        assert_eq!(take(r#"{"list": []}"#).unwrap(), [0_i64; 0]);
    }

    #[test]
    fn every_element_at_fault_has_its_pointer() {
        assert_eq!(
            take(r#"{"list": [1, "2", 10]}"#).unwrap_err(),
            [told("#/list/1", "must be an integer"), told("#/list/2", "must be 9 or less")]
        );
    }

    #[test]
    fn what_is_no_list_too_long_or_not_there_is_told_as_a_whole() {
        assert_eq!(take("{}").unwrap_err(), [told("#/list", "is required")]);
        assert_eq!(take(r#"{"list": 3}"#).unwrap_err(), [told("#/list", "must be an array")]);
        let long = format!(r#"{{"list": [{}1]}}"#, "1,".repeat(100));
        assert_eq!(take(&long).unwrap_err(), [told("#/list", "must have 100 elements or fewer, not 101")]);
    }

    #[test]
    fn of_many_faults_the_first_are_told_and_the_rest_counted() {
        let faults = take(&format!(r#"{{"list": [{}null]}}"#, "null,".repeat(99))).unwrap_err();
        assert_eq!(faults.len(), MOST_FAULTS + 1);
        assert_eq!(faults[MOST_FAULTS], told("#/list", "80 more elements have faults"));
    }
}
