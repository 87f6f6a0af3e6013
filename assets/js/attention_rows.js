// What a row of weights says when only its heaviest keys are kept. Pure: no page, no server.
(() => {
  "use strict";
  const attention = ((window.glassworks ??= {}).attention ??= {});

  // The fewest of `places` that hold `share` (0 to 1) of what all of them hold:
  // `{ kept: [{ place, weight }], held, missing, absent, whole }`, heaviest first. `whole` is what the row comes to,
  // `missing` what is not kept, `absent` the part of it that lies on other places.
  function fewest(row, places, share) {
    let whole = 0, shown = 0, held = 0;
    for (let i = 0; i < row.length; i++) whole += row[i];
    for (const place of places) shown += row[place];
    const kept = [];
    for (const place of places.filter((one) => row[one] > 0).sort((a, b) => row[b] - row[a] || a - b)) {
      if (share < 1 && held >= share * shown - 1e-6) break;
      held += row[place];
      kept.push({ place, weight: row[place] });
    }
    return { kept, held, missing: Math.max(0, whole - held), absent: Math.max(0, whole - shown), whole };
  }

  // The row as it would be if nothing but `places` were there.
  function renormalised(row, places) {
    const found = new Float32Array(row.length);
    let sum = 0;
    for (const place of places) sum += row[place];
    if (sum > 0) for (const place of places) found[place] = row[place] / sum;
    return found;
  }

  const percent = (share) => {
    const value = 100 * share;
    if (value > 0 && value < 0.1) return "<0.1 %";
    if (value > 99.9 && value < 99.995) return ">99.9 %";
    return `${value >= 9.95 || value === 0 ? value.toFixed(0) : value.toFixed(1)} %`;
  };

  const counted = (count, noun) => {
    const several = noun === "query" ? "queries" : `${noun}s`;
    return `${count.toLocaleString("en")} ${count === 1 ? noun : several}`;
  };

  // "12 keys hold 90 %; 10 % hidden, 4 % of it on tokens not shown."
  function sentence({ kept, held, missing, absent, whole }) {
    const rest = absent > 0.0005 ? `, of it ${percent(absent)} on tokens not shown` : "";
    const sink = whole < 0.97 && whole > 0 ? ` The row comes to ${percent(whole)}: the rest is on no token.` : "";
    if (!kept.length) return `No key is shown; ${percent(missing)} hidden${rest}.${sink}`;
    return `${counted(kept.length, "key")} hold${kept.length === 1 ? "s" : ""} ${percent(held)}; ` +
      `${percent(missing)} hidden${rest}.${sink}`;
  }

  // The same of a key: how much it gets, and from how few.
  function sentenceOfKey({ kept, held, whole }) {
    const more = kept.length === 1 ? "gives" : "give";
    const total = `It gets ${whole.toFixed(2)} rows' worth of weight`;
    if (!kept.length) return `${total}.`;
    return `${total}; ${counted(kept.length, "query")} ${more} ${percent(whole ? held / whole : 0)} of that.`;
  }

  Object.assign(attention, { fewest, renormalised, percent, counted, sentence, sentenceOfKey });
})();
