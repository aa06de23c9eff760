import t from 'tap';
import { measureDrain, proveDeliveries } from './deliveries-proof.ts';

const tell = (text: string) => t.comment(text);

t.test('workers that are killed lose no event, whatever the receivers do', async (t) => {
  const proof = await proveDeliveries(t, { events: 100, kills: 3, endpoints: 3, tell });
  t.same(proof.faults.slice(0, 10), []);
  t.equal(proof.delivered + proof.parked, proof.deliveries);
  t.ok(proof.attempts > proof.deliveries, 'some were tried again');
  t.equal(proof.inspected, proof.attempts, 'each was signed and is a CloudEvent');
});

t.test('the same proof finds deliveries that are acknowledged before they are sent', async (t) => {
  const proof = await proveDeliveries(t, { events: 50, kills: 0, endpoints: 2, planted: true, tell });
  t.match(proof.faults, [/stands as delivered and was not received/]);
});

t.test('a backlog is drained by two processes, each delivery once', async (t) => {
  const { deliveries, perSecond } = await measureDrain(t, { deliveries: 1600, processes: 2, tell });
  t.equal(deliveries, 1600);
  t.ok(perSecond > 0);
});
