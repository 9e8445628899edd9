// A device with passkeys: Chromium's virtual one, with a finger that it knows.

/** A device with a fingerprint reader in this person's browser. */
export async function device(person) {
  const session = await person.context.newCDPSession(person.page);
  await session.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true };
  const { authenticatorId } = await session.send('WebAuthn.addVirtualAuthenticator', { options });
  return {
    /** Whose finger lies on it: the owner's or a stranger's. */
    finger: (isUserVerified) => session.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified }),
    keys: async () => (await session.send('WebAuthn.getCredentials', { authenticatorId })).credentials,
  };
}

/** A button whose script stays on the page. */
export async function stays(person, button, text) {
  await person.page.getByRole('button', { name: button, exact: true }).click();
  await person.page.getByText(text).waitFor();
  // The server's refusal is what this step is about.
  person.trouble = person.trouble.filter((t) => !t.includes('422'));
}
