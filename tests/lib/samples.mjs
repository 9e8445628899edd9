// Complete answers to the four services, as a club would give them. `n` keeps the ways of one story
// apart: each gets a Saturday of its own. Names, addresses and numbers are invented.

const contact = {
  salutation: 'ms',
  name: 'Katrin Sommer',
  role: 'Vorsitzende',
  phone: '0151 23456789',
  email: 'vorstand@lindenhof.example',
  address: { street: 'Lindenhof', house_number: '3', postcode: '04603', town: 'Nobitz' },
};
const club = { kind: 'club', name: 'Festverein Lindenhof e. V.', register_number: 'VR 200147' };
const delivery = { electronic: true };
const meadow = 'Ehrenhain, Festwiese hinter dem Sportplatz. Zufahrt über den Wiesenweg, dann 200 m geradeaus.';

/** A Saturday `weeks` weeks or a little more from now, as ISO date. */
export function saturday(weeks) {
  const day = new Date(Date.now() + weeks * 7 * 86_400_000);
  day.setUTCDate(day.getUTCDate() + ((6 - day.getUTCDay() + 7) % 7));
  return day.toISOString().slice(0, 10);
}

/** The smallest PDF that is one: a site plan would be attached. */
export const pdf = (name) => {
  const text =
    '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n' +
    '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n';
  return { name, media_type: 'application/pdf', content_base64: Buffer.from(text).toString('base64') };
};

export const fire = (n = 0) => ({
  fire: {
    occasion: 'christmas_trees',
    forest_distance: 180,
    building_distance: 45,
    near: ['none'],
    fuel: ['christmas_trees', 'wood'],
    height: 3,
    area: 9,
    restack: 'same_day',
    extinguishing: ['fire_engine', 'extinguishers'],
    extinguishing_details: 'Löschfahrzeug der Ortsfeuerwehr, 2 Feuerlöscher',
  },
  event: { public: true, date: saturday(8 + n), start: '17:00', end: '22:00', guests: 120 },
  club,
  contact,
  delivery,
  place: { description: meadow, owner: 'municipality' },
  helpers: [
    { name: 'Jens Albrecht', phone: '0151 23456701' },
    { name: 'Miriam Wolf', phone: '0151 23456702' },
  ],
});

export const hall = (n = 0) => ({
  club: { kind: club.kind, name: club.name },
  hire: {
    seat_here: true,
    profit: false,
    room: 'saal-ehrenhain',
    frequency: 'once',
    setup_day: 'day_before',
    setup_from: '14:30',
    clear_day: 'next_day',
    clear_until: '12:00',
    kitchen: true,
    equipment: ['tables', 'tableware'],
    house_rules: true,
  },
  event: {
    name: 'Sommerfest',
    public: true,
    date: saturday(12 + n),
    start: '15:00',
    end: '22:00',
    guests: 110,
    catering: 'both',
    alcohol: true,
    caterer: 'club',
    music: 'live',
  },
  contact,
  delivery,
  bank: { holder: 'Festverein Lindenhof e. V.', iban: 'DE02 1203 0000 0000 2020 51' },
  insurance: { liability: true, insurer: 'Musterversicherung AG, Vertrag 4711-08' },
});

export const closing = (n = 0) => ({
  place: { setting: ['marquee', 'outdoors'], description: meadow },
  closing: {
    kind: 'music',
    start: '00:00',
    reasons: ['public_need', 'local_conditions'],
    reason: 'Zum Fest kommt der ganze Ort. Es findet einmal im Jahr statt.',
    late_nights: 2,
  },
  event: {
    public: true,
    name: 'Sommerfest',
    date: saturday(9 + n),
    start: '15:00',
    end: '00:00',
    music: 'live',
    music_until: '23:30',
    guests: 350,
    catering: 'both',
    alcohol: true,
    caterer: 'club',
  },
  sound: { amplified: true, power: 2000, direction: 'nach Südosten, weg von den Häusern', plan: pdf('lageplan.pdf') },
  site: { homes_distance: 210, neighbours: 'informed', neighbours_how: 'Zettel im Briefkasten' },
  club,
  contact,
  delivery,
});

export const gathering = (n = 0) => ({
  event: {
    name: 'Sommerfest',
    public: true,
    date: saturday(10 + n),
    start: '15:00',
    end: '22:00',
    guests: 300,
    music: 'live',
    music_until: '21:30',
    catering: 'both',
    alcohol: true,
    caterer: 'club',
  },
  entertainment: { kind: 'fete', series: 'single', meant: false, purpose: 'amusement', tent_area: 60, extras: ['none'] },
  place: { setting: ['marquee', 'outdoors'], description: meadow },
  club,
  contact,
  delivery,
});
