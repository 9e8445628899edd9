// German sentences for `tools/leicht.mjs`: splits a text into sentences, counts words and finds subordinate clauses.
// No grammar, only word lists: where a clause cannot be told from a list of things, the last word decides (German puts
// the verb of a subordinate clause last, and nouns have a capital).

/** A placeholder counts as one word, whatever it will hold. */
const placeholder = /\{[^{}]*\}/g;

const months = 'Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember';
/** Words whose full stop does not end a sentence; single letters (z. B., e. V.) need no entry. */
const abbreviations = new Set(
  'Abs Art Nr S St Str Tel Dr Prof ca bzw ff f ggf evtl max mind inkl zzgl vgl gem Sa So Mo Di Mi Do Fr'.split(' '),
);

/** Whether the full stop after `before` belongs to the word and not to the sentence. */
function inner(before, after) {
  const word = before.match(/[\p{L}\p{N}.,:]+$/u)?.[0] ?? '';
  // „z. B.“ and „e. V.“, not „50 m.“
  if (/^(?!m)\p{L}$/u.test(word) || abbreviations.has(word)) return true;
  // 1. Januar, am 1. des Monats
  return /^\d{1,2}$/.test(word) && (new RegExp(`^(${months})\\b`).test(after) || /^\p{Ll}/u.test(after));
}

/** The sentences of a text: a new line ends one, and so does . ? ! : with a blank behind it. */
export function split(text) {
  const sentences = [];
  for (const line of text.split('\n')) {
    let from = 0;
    for (const end of line.matchAll(/([.?!:])["“«)]*(\s+)/gu)) {
      const next = end.index + end[0].length;
      if (end[1] === '.' && inner(line.slice(0, end.index), line.slice(next))) continue;
      sentences.push(line.slice(from, next));
      from = next;
    }
    sentences.push(line.slice(from));
  }
  return sentences.map((s) => s.trim()).filter((s) => words(s) > 0);
}

/** Words are what stands between blanks and can be read aloud; „§“ and „€“ can, a dash cannot. */
export function words(sentence) {
  return sentence.replace(placeholder, 'x').split(/\s+/).filter((w) => /[\p{L}\p{N}§€%]/u.test(w)).length;
}

// Always open a subordinate clause, wherever they stand.
const always = new Set(
  'weil dass daß wenn ob obwohl obgleich bevor nachdem sobald solange sofern soweit falls sodass indem seitdem'.split(' '),
);
// Open one behind a comma, if a verb stands at its end.
const behindComma = new Set(
  ('damit während als bis da wie wo was wer wem wen wessen wann warum wohin woher wofür womit woran worauf worin wovon '
  + 'der die das dem den dessen deren denen welcher welche welches welchem welchen').split(' '),
);
const articles = new Set('der die das dem den'.split(' '));
// Early in a part and not at its end they make it a main clause: „…, die Frage ist schon beantwortet“.
const auxiliaries = new Set('ist sind war waren hat haben kann können muss müssen darf dürfen soll sollen wird werden wurde'.split(' '));
const prepositions = new Set('an auf aus bei durch für gegen hinter in mit nach neben ohne über um unter von vor zu zwischen'.split(' '));
const questionWords = new Set('was wer wem wen wie wo wann warum wohin womit'.split(' '));
const subjects = new Set('sie wir ich man er es'.split(' '));
// Verbs that open „Gibt es …, zeigen Sie …“; with „Sie“ only those that cannot be an order.
const noOrder = new Set(
  'haben sind sollen wollen können dürfen müssen möchten brauchen werden ist kann soll will darf muss wird gab war hatte'.split(' '),
);
const noVerb = new Set('mit seit nicht jetzt dort erst sonst heute nachts zuerst zuletzt fast oft'.split(' '));
const particles = new Set('auch nur egal'.split(' '));

const bare = (word) => word.replace(/^[^\p{L}\p{N}x{]+|[^\p{L}\p{N}}]+$/gu, '');
const endsInVerb = (list) => list.length > 1 && /^\p{Ll}/u.test(list.at(-1));

/** The word that opens a subordinate clause, or nothing. */
export function clause(sentence) {
  const question = /\?["“«)]*$/.test(sentence);
  const parts = sentence
    .replace(placeholder, 'X')
    // a note in brackets would hide the verb before it
    .replace(/\(([^)]*)\)/g, ', $1,')
    // a comma within a number is none
    .split(/,(?!\d)/)
    .map((part) => part.split(/\s+/).map(bare).filter(Boolean))
    .filter((list) => list.length);
  for (const [n, list] of parts.entries()) {
    const lower = list.map((w) => w.toLowerCase());
    const opener = lower.find((w) => always.has(w));
    if (opener) return opener;
    const infinitive = lower.length > 1 && (
      (lower.at(-2) === 'zu' && /^\p{Ll}+n$/u.test(list.at(-1))) || /^\p{Ll}+zu\p{Ll}{2,}n$/u.test(list.at(-1)));
    const purpose = lower.findIndex((w) => ['um', 'ohne', 'statt', 'anstatt'].includes(w));
    if (infinitive && purpose >= 0) return `${lower[purpose]} … zu`;
    if (infinitive && n > 0) return '… zu';
    if (n > 0) {
      const particle = particles.has(lower[0]) ? 1 : 0;
      const first = prepositions.has(lower[particle]) ? particle + 1 : particle;
      const main = articles.has(lower[first]) && first === 0 && lower.slice(2, Math.min(4, lower.length - 1)).some((w) => auxiliaries.has(w));
      if (behindComma.has(lower[first]) && !main && endsInVerb(list)) return lower[first];
      if (list.length === 1 && (questionWords.has(lower[0]) || /^welche[rsmn]?$/.test(lower[0]))) return lower[0];
    } else if (!question && questionWords.has(lower[0]) && (subjects.has(lower[1]) || (parts.length > 1 && endsInVerb(list)))) {
      return lower[0];
    } else if (['während', 'damit', 'als', 'bis', 'da'].includes(lower[0]) && subjects.has(lower[1])) {
      return lower[0];
    }
  }
  // „Fehlt etwas, fragen wir nach.“: a condition without „wenn“.
  if (!question && parts.length > 1) {
    const [first, second] = parts.map((list) => list.map((w) => w.toLowerCase()));
    const opens = noOrder.has(first[0]) || (/[^s]t$/.test(first[0]) && first[1] !== 'sie' && !noVerb.has(first[0]));
    const verb = /^\p{Ll}+(t|en|nd)$/u.test(parts[1][0]) && !noVerb.has(second[0]);
    const follows = ['dann', 'so'].includes(second[0]) || verb || noOrder.has(second[0]);
    if (opens && follows) return `${parts[0][0]} …, ${parts[1][0]}`;
  }
  return undefined;
}

/** What keeps a sentence from being an easy one, or nothing. */
export function fault(sentence, most = 8) {
  const count = words(sentence);
  const opener = clause(sentence);
  const faults = [count > most && `${count} Wörter`, opener && `Nebensatz „${opener}“`].filter(Boolean);
  return faults.length ? faults.join(', ') : undefined;
}
