// Asks before what cannot be undone.

import { element } from "./dom.js";

/** Whether the reader confirms. Escape, and the button that has the focus first, say no. */
export function confirmed(question, explanation, action) {
  return new Promise((resolve) => {
    const no = element("button", { type: "button", class: "plain", onclick: () => dialog.close("no") }, "Keep it");
    const yes = element("button", { type: "button", class: "danger", onclick: () => dialog.close("yes") }, action);
    const dialog = element(
      "dialog",
      { "aria-labelledby": "question", "aria-describedby": "explanation" },
      element("h2", { id: "question" }, question),
      element("p", { id: "explanation" }, explanation),
      element("div", { class: "actions" }, no, yes),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
    no.focus();
  });
}
