/** A message's body, whatever its form. */
// biome-ignore lint/suspicious/noExplicitAny: mutations reach into messages of any form.
type Body = any;

const long = (characters: number) => 'x'.repeat(characters);

/** Changes after which a message is none to its receiver: [receiver, what is changed, the change]. */
export const MUTATIONS: [
  'slack' | 'teams' | 'pagerduty' | 'opsgenie',
  string,
  (body: Record<string, unknown>) => void,
][] = [
  ['slack', 'a header that is too long', (body: Body) => (body.blocks[0].text.text = long(151))],
  ['slack', 'a header in markdown', (body: Body) => (body.blocks[0].text.type = 'mrkdwn')],
  ['slack', 'a header without text', (body: Body) => delete body.blocks[0].text],
  ['slack', 'a section that is too long', (body: Body) => (body.blocks[1].text.text = long(3001))],
  ['slack', 'an empty section', (body: Body) => (body.blocks[1].text.text = '')],
  ['slack', 'a block that there is not', (body: Body) => (body.blocks[1].type = 'paragraph')],
  ['slack', 'a field too many', (body: Body) => body.blocks[2].fields.push(...body.blocks[2].fields)],
  [
    'slack',
    'a button that is too long',
    (body: Body) => (findBlock(body, 'actions').elements[0].text.text = long(76)),
  ],
  [
    'slack',
    'a link that is too long',
    (body: Body) => (findBlock(body, 'actions').elements[0].url = `https://x/${long(3000)}`),
  ],
  ['slack', 'too many blocks', (body: Body) => (body.blocks = Array(51).fill(body.blocks[0]))],
  ['teams', 'a size that there is not', (body: Body) => (cardOf(body).body[0].inlines[0].size = 'Huge')],
  ['teams', 'a colour that there is not', (body: Body) => (cardOf(body).body[0].inlines[0].color = 'Red')],
  ['teams', 'an element that there is not', (body: Body) => (cardOf(body).body[1].type = 'RichText')],
  ['teams', 'an action that there is not', (body: Body) => (cardOf(body).actions[0].type = 'Action.Open')],
  ['teams', 'a picture without address', (body: Body) => delete findElement(body, 'Image').url],
  ['teams', 'a link without address', (body: Body) => delete cardOf(body).actions[0].url],
  ['teams', 'no card', (body: Body) => (cardOf(body).type = 'Card')],
  ['pagerduty', 'a severity that there is not', (body: Body) => (body.payload.severity = 'high')],
  ['pagerduty', 'no source', (body: Body) => delete body.payload.source],
  ['pagerduty', 'a summary that is too long', (body: Body) => (body.payload.summary = long(1025))],
  ['pagerduty', 'a key that is too long', (body: Body) => (body.dedup_key = long(256))],
  ['pagerduty', 'a link without address', (body: Body) => delete body.links[0].href],
  ['pagerduty', 'an action that there is not', (body: Body) => (body.event_action = 'open')],
  ['opsgenie', 'a field that there is not', (body: Body) => (body.severity = 'P1')],
  ['opsgenie', 'a detail that is no text', (body: Body) => (body.details.Team = 1)],
  ['opsgenie', 'one tag instead of a list', (body: Body) => (body.tags = 'a')],
  ['opsgenie', 'a message that is too long', (body: Body) => (body.message = long(131))],
];

const cardOf = (body: Body) => body.attachments[0].content;
const findBlock = (body: Body, type: string) => body.blocks.find((block: Body) => block.type === type);
const findElement = (body: Body, type: string) =>
  cardOf(body).body.find((element: Body) => element.type === type);
