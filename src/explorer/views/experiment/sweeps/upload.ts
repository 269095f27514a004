/** A file of prompts, sent for sweeps to take them from. */
import { fetchAuthorized } from '../../../state/authorized.ts';
import { type Problem, problemOf } from '../../../state/problem.ts';

export interface Upload {
  readonly id: string;
  /** Of the file. */
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly string[];
}

/** @returns what the server made of it, or why it took nothing */
export async function upload(file: File): Promise<Upload | Problem> {
  try {
    const response = await fetchAuthorized(`/rows?${new URLSearchParams({ name: file.name })}`, {
      method: 'POST',
      // What is in it says the ending of its name.
      headers: { 'content-type': 'application/octet-stream' },
      body: file,
    });
    const told = (await response.json()) as Omit<Upload, 'name'> | { readonly error: Problem };
    return 'error' in told ? told.error : { ...told, name: file.name };
  } catch (thrown) {
    return problemOf(thrown);
  }
}
