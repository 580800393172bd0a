/**
 * The server's side of an SMTP conversation (RFC 5321, AUTH PLAIN of RFC 4954), in the clear, for tests. What was said is kept.
 */

import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

export interface SmtpConversation {
  /** What the client said, but for the letter. */
  readonly commands: readonly string[];
  /** The letter, if one was sent: header and text, dots unstuffed. */
  readonly letter: string | undefined;
}

export interface SmtpServer {
  readonly port: number;
  readonly conversations: readonly SmtpConversation[];
  close(): void;
}

/**
 * @param answerTo - Another answer than the usual one to a command, such as `451 later`; `hang up` ends the conversation.
 */
export async function startSmtpServer(answerTo: (command: string) => string | undefined = () => undefined): Promise<SmtpServer> {
  const conversations: SmtpConversation[] = [];
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    converse(socket, conversations, answerTo);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    conversations,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function converse(socket: Socket, conversations: SmtpConversation[], answerTo: (command: string) => string | undefined): void {
  const commands: string[] = [];
  const letter: string[] = [];
  let isLetter = false;
  let rest = '';
  const conversation = { commands, letter: undefined as string | undefined };
  conversations.push(conversation);
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  say('220 test ESMTP');
  socket.on('data', (bytes) => {
    const lines = (rest + String(bytes)).split('\r\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      if (isLetter && line !== '.') letter.push(line.replace(/^\./, ''));
      else if (isLetter) {
        isLetter = false;
        conversation.letter = letter.join('\n');
        say(answerTo('the letter') ?? '250 kept');
      } else hear(line);
    }
  });

  function hear(line: string): void {
    commands.push(line);
    const word = line.split(' ', 1)[0]?.toUpperCase();
    const answer = answerTo(line) ?? usualAnswers[word ?? ''] ?? '250 fine';
    if (answer === 'hang up') socket.destroy();
    else say(answer);
    if (word === 'DATA' && answer.startsWith('3')) isLetter = true;
    if (word === 'QUIT') socket.end();
  }
}

const usualAnswers: Readonly<Record<string, string>> = {
  EHLO: '250-test\r\n250 AUTH PLAIN',
  AUTH: '235 welcome',
  DATA: '354 go on',
  QUIT: '221 bye',
};
