'use strict';

// A durable POST as a Node user would write it: Fastify validates with the route's schema, amqplib publishes on a
// confirm channel, persistent and mandatory, and 202 is answered after the confirm. Nothing is declared here:
// exchange and queue are there already, the same for every contestant.
//
// Environment: BROKER_URI, EXCHANGE, ROUTING_KEY.

const { randomUUID } = require('node:crypto');
const amqp = require('amqplib');
const fastify = require('fastify');

const { BROKER_URI, EXCHANGE, ROUTING_KEY } = process.env;

// The rules of POST /item/action/buy (docs/API.md).
const schema = {
  body: {
    type: 'object',
    required: ['clientId', 'itemId', 'price', 'date'],
    properties: {
      clientId: { type: 'string', minLength: 1, maxLength: 128 },
      itemId: { type: 'string', minLength: 1, maxLength: 128 },
      price: { type: 'integer', minimum: 0 },
      date: { type: 'string', format: 'date-time' },
    },
  },
  response: {
    202: { type: 'object', properties: { eventId: { type: 'string' } } },
  },
};

async function main() {
  const connection = await amqp.connect(BROKER_URI, { noDelay: true });
  connection.on('error', fail);
  const channel = await connection.createConfirmChannel();
  channel.on('error', fail);
  await channel.checkExchange(EXCHANGE);

  // The broker returns what no queue takes before it confirms it.
  const returned = new Set();
  channel.on('return', (message) => returned.add(message.properties.messageId));

  const publish = (eventId, event) =>
    new Promise((resolve, reject) => {
      const options = {
        persistent: true,
        mandatory: true,
        messageId: eventId,
        contentType: 'application/json',
        type: 'pawnshop.buy-action.v1',
      };
      channel.publish(EXCHANGE, ROUTING_KEY, Buffer.from(JSON.stringify(event)), options, (error) => {
        if (error) reject(error);
        else if (returned.size > 0 && returned.delete(eventId)) reject(new Error('no queue took the event'));
        else resolve();
      });
    });

  const app = fastify({ logger: false });
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.post('/item/action/buy', { schema }, async (request, reply) => {
    const eventId = randomUUID();
    await publish(eventId, request.body);
    reply.code(202).header('Location', `/event/${eventId}`);
    return { eventId };
  });
  console.log(`API ${await app.listen({ host: '127.0.0.1', port: 0 })}`);
}

function fail(error) {
  console.error(error);
  process.exit(1);
}

main().catch(fail);
