// The open step as JSON and as CSV, to be copied or saved.
(() => {
  "use strict";
  const house = (window.glassworks ??= {});
  const attention = (house.attention ??= {});
  const step = (house.step ??= {});
  const HEADS = ["stage", "kept", "entropy_nats", "lost", "id", "text", "probability", "then", "now", "draft"];

  const token = ({ id, text }) => ({ id, text });

  function told({ data, answer, asked }) {
    const { stages, candidates, curve, chosen, now } = answer;
    return {
      model: data.model, prompt: data.prompt, column: asked.column, sample: asked.sample, position: asked.position,
      strategy: asked.strategy, run_strategy: data.strategy, then: token(chosen), now: token(now),
      stages: stages.map(({ name, kept, entropy, lost }, at) => ({
        name, kept, entropy_nats: entropy, lost,
        candidates: candidates.map((one) => ({ ...token(one), probability: one.probs[at] })),
      })),
      draft: candidates.filter(({ draft }) => draft !== null).map((one) => ({ ...token(one), probability: one.draft })),
      sorted: curve,
    };
  }

  const cell = (value) => (/[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);

  // A line for each candidate at each stage.
  function table({ answer: { stages, candidates, chosen, now } }) {
    const lines = stages.flatMap((stage, at) => candidates.map((one) => [
      stage.name, stage.kept, stage.entropy ?? "", stage.lost ?? "", one.id, one.text, one.probs[at] ?? "",
      Number(one.id === chosen.id), Number(one.id === now.id), one.draft ?? "",
    ]));
    return [HEADS, ...lines].map((line) => `${line.map((value) => cell(String(value))).join(",")}\n`).join("");
  }

  // The buttons; `view` is a DecodingStep with an answer.
  function exports(view) {
    const { make, button } = attention;
    const name = () => `step-${view.asked.column + 1}-${view.asked.sample + 1}-${view.asked.position + 1}`;
    const json = () => JSON.stringify(told(view), null, 2);
    return make("div", "gw-att-bar gw-ds-exports",
      button("Copy .json", () => window.glassworks.copy(json(), "Step copied as JSON")),
      button("Save .json", () => window.glassworks.saveData(json(), `${name()}.json`)),
      button("Copy .csv", () => window.glassworks.copy(table(view), "Step copied as CSV")),
      button("Save .csv", () => window.glassworks.saveData(table(view), `${name()}.csv`)));
  }

  Object.assign(step, { exports });
})();
